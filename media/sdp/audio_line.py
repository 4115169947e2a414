"""The audio line of a description: what one says beside its formats, and how ours is written."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final

from media.codecs import Codec
from media.codecs.format_parameters import format_parameters
from media.errors import MalformedDescription
from media.sdp.agreement import WantedReports
from media.sdp.direction import Direction
from media.sdp.session_description import Attribute, MediaDescription, SessionDescription
from nat.datagram_path import NOWHERE

PLAIN_RTP: Final = "RTP/AVP"
SHORTEST_PTIME_MS: Final = 10
LONGEST_PTIME_MS: Final = 60

MULTIPLEXED: Final = Attribute("rtcp-mux")
"""RTCP is taken on the RTP port too (RFC 5761 §5.1.1)."""
WANTED_REPORTS: Final = Attribute("rtcp-xr", "rcvr-rtt=all voip-metrics")
"""The extended reports that we can make use of (RFC 3611 §5.1)."""
TAKEN_FOR_RTCP: Final = range(64, 96)
"""Payload types whose packets look like RTCP on a port that has both (RFC 5761 §4)."""

_PTIME_STEP_MS: Final = 10  # packets are filled by whole frames of the engine
_KEYPAD_EVENTS: Final = "0-15"  # digits, *, #, A to D


def flow(
    theirs: SessionDescription, line: MediaDescription, allowed: Direction
) -> tuple[Direction, tuple[str, int]]:
    """Our direction and the peer's address. Sending to nowhere is a hold (RFC 3264 §8.4)."""
    address = line.address or theirs.address
    if address is None:
        raise MalformedDescription("the audio line has no c= line, and neither has the session")
    direction = stated_direction(theirs, line).reversed & allowed
    if address in NOWHERE:
        direction &= Direction.RECVONLY
    return direction, (address, line.port)


def stated_direction(session: SessionDescription, line: MediaDescription) -> Direction:
    """The media's own attribute, else the session's, else both ways (RFC 8866 §6.7)."""
    known = {direction.value: direction for direction in Direction}
    for attribute in (*line.attributes, *session.attributes):
        if attribute.name in known:
            return known[attribute.name]
    return Direction.SENDRECV


def packet_length_ms(line: MediaDescription, default_ms: int) -> int:
    """The packet length the peer asks for, if we can make it, and at most its maxptime."""
    wanted = _milliseconds(line.value("ptime")) or default_ms
    limit = _milliseconds(line.value("maxptime")) or LONGEST_PTIME_MS
    length = min(wanted, limit, LONGEST_PTIME_MS)
    return max(length - length % _PTIME_STEP_MS, SHORTEST_PTIME_MS)


def fitting_length_ms(ptime_ms: int, codec: Codec, parameters: str = "") -> int:
    """The longest packet that the codec can fill and that is not longer than wanted.

    The peer's `parameters` may say what is too short for it (`minptime`, RFC 7587 §6.1).
    """
    shortest = _milliseconds(format_parameters(parameters).get("minptime")) or 0
    lengths = [length for length in codec.ptimes_ms if length >= shortest] or codec.ptimes_ms[-1:]
    fitting = [length for length in lengths if length <= ptime_ms]
    return max(fitting, default=lengths[0])


def _milliseconds(value: str | None) -> int | None:
    """Whole milliseconds; the fraction that some phones write is cut. None for what is none."""
    whole = (value or "").partition(".")[0]
    return int(whole) if whole.isascii() and whole.isdecimal() and len(whole) <= 5 else None


def multiplexes(line: MediaDescription, payload_types: Iterable[int]) -> bool:
    """Whether RTCP can go over the RTP port: the line says so, and nothing else looks like it."""
    is_offered = line.value(MULTIPLEXED.name) is not None
    return is_offered and not any(number in TAKEN_FOR_RTCP for number in payload_types)


def wanted_reports(session: SessionDescription, line: MediaDescription) -> WantedReports | None:
    """The extended reports that we are asked for; None: nothing is said (RFC 3611 §5.1).

    The media's own attribute counts, else the session's, which Linphone writes.
    """
    name = WANTED_REPORTS.name
    values = (
        each.value or "" for each in (*line.attributes, *session.attributes) if each.name == name
    )
    value = next(values, None)
    if value is None:
        return None
    names = {word.partition("=")[0].lower() for word in value.split()}
    return WantedReports(voip_metrics="voip-metrics" in names, receiver_time="rcvr-rtt" in names)


def control_address(
    line: MediaDescription, remote: tuple[str, int], *, multiplexed: bool
) -> tuple[str, int]:
    """Where RTCP goes: with RTP, to the next port, or to where `a=rtcp` says (RFC 3605)."""
    host, port = remote
    if multiplexed:
        return remote
    words = (line.value("rtcp") or "").split()
    if not words or not (words[0].isascii() and words[0].isdecimal() and len(words[0]) <= 5):
        return host, min(port + 1, 65535)
    stated = int(words[0])
    if not 0 < stated <= 65535:
        return host, min(port + 1, 65535)
    if len(words) == 4 and words[1] == "IN" and _is_literal(words[3]):
        host = words[3]
    return host, stated


def _is_literal(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True


def audio_line(
    port: int,
    formats: Mapping[int, Codec],
    events: Mapping[int, int],
    ptime_ms: int,
    direction: Direction,
    *,
    control: Iterable[Attribute],
) -> MediaDescription:
    """Our own audio line: codecs by number in order, then named events with their clock rates.

    `control`: what it says of RTCP.
    """
    numbers = [str(number) for number in formats]
    attributes = []
    for number, codec in formats.items():
        channels = f"/{codec.channels}" if codec.channels > 1 else ""
        encoding = f"{codec.name}/{codec.clock_rate_hz}{channels}"
        attributes.append(Attribute("rtpmap", f"{number} {encoding}"))
        if codec.parameters:
            attributes.append(Attribute("fmtp", f"{number} {codec.parameters}"))
    for number, clock_rate_hz in events.items():
        numbers.append(str(number))
        attributes.append(Attribute("rtpmap", f"{number} telephone-event/{clock_rate_hz}"))
        attributes.append(Attribute("fmtp", f"{number} {_KEYPAD_EVENTS}"))
    attributes.append(Attribute("ptime", str(ptime_ms)))
    attributes.append(Attribute("maxptime", str(LONGEST_PTIME_MS)))
    attributes.extend(control)
    attributes.append(Attribute(direction.value))
    return MediaDescription(
        media="audio",
        port=port,
        protocol=PLAIN_RTP,
        formats=tuple(numbers),
        attributes=tuple(attributes),
    )
