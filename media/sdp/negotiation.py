"""Offers and answers for the one audio stream of a call (RFC 3264)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from media.codecs import Codec
from media.codecs.comfort_noise import comfort_noise, takes_comfort_noise
from media.errors import MalformedDescription, MisuseError, NotAcceptable
from media.sdp.agreement import AgreedStream, Answer, Capabilities, Encryption, WantedReports
from media.sdp.audio_line import (
    MULTIPLEXED,
    WANTED_REPORTS,
    audio_line,
    control_address,
    fitting_length_ms,
    flow,
    multiplexes,
    packet_length_ms,
    stated_direction,
    wanted_reports,
)
from media.sdp.direction import Direction
from media.sdp.payload_formats import PayloadFormats
from media.sdp.security_negotiation import (
    Security,
    answered,
    chosen,
    keys_of,
    may_answer,
    with_answer,
    with_offer,
)
from media.sdp.session_description import MediaDescription, Origin, SessionDescription
from media.security.dtls_setup import DtlsTerms

__all__ = [
    "AgreedStream",
    "Answer",
    "Capabilities",
    "Direction",
    "Encryption",
    "Origin",
    "answer_offer",
    "make_offer",
    "read_answer",
]

COMMON_EVENTS_HZ: Final = 8000
"""RFC 4733 §2.1 wants named events at the clock of the sound. Phones that have them at this one
only, in calls by Opus too (baresip 1.0.0), would otherwise open no door."""

DYNAMIC_PAYLOAD_TYPES: Final = range(96, 128)
"""RFC 3551 §3."""

_SESSION_NAME: Final = "intercom"


def make_offer(capabilities: Capabilities, address: str, port: int, *, origin: Origin) -> bytes:
    """Our offer: one audio line with RTP at `address` and `port`, RTCP there or at the next one.

    Raises:
        MisuseError: `capabilities` names an unknown codec, or a number that another format has.
    """
    in_use = capabilities.in_use
    number = capabilities.telephone_event_payload_type
    if number is not None and in_use is not None and in_use.telephone_event is not None:
        number = in_use.telephone_event
    formats = _numbered(capabilities.codec_list(), in_use, taken=frozenset((number,)))
    events: dict[int, int] = {}
    if number is not None:
        if number in formats and in_use is None:
            raise MisuseError(f"telephone_event_payload_type: {number} is {formats[number].title}")
        events = _numbered_events(formats, in_use, number)
    ptime_ms = fitting_length_ms(capabilities.ptime_ms, next(iter(formats.values())))
    if capabilities.silence_suppression:
        formats |= _numbered_noise(formats, events, in_use)
    audio = audio_line(
        port,
        formats,
        events,
        ptime_ms,
        capabilities.direction,
        control=(MULTIPLEXED, WANTED_REPORTS),
    )
    audio = with_offer(audio, capabilities)
    return _description(origin, address, (audio,))


def answer_offer(
    offer: bytes, capabilities: Capabilities, address: str, port: int, *, origin: Origin
) -> Answer:
    """Answer an offer: the first audio line we can serve is taken, every other line declined.

    Raises:
        MalformedDescription: the offer cannot be read (the SIP answer is 400).
        NotAcceptable: nothing in it can be agreed to (488).
        MisuseError: `capabilities` names an unknown codec.
    """
    theirs = SessionDescription.parse(offer)
    ours = capabilities.codec_list()
    index, formats, security = _usable_line(theirs, ours, capabilities)
    line = theirs.media[index]
    common = [codec for codec in ours if codec in formats.codecs.values()]
    numbered = {number: codec for codec in common for number in _numbers_of(codec, formats)}
    events: dict[int, int] = {}
    if capabilities.telephone_event_payload_type is not None:
        events = _common_events(common, formats)
    telephone_event, telephone_event_hz = _events_for(common[0], events)
    payload_type = next(iter(numbered))
    parameters = formats.parameters.get(payload_type, "")
    noise = _common_noise(common, formats)
    multiplexed = multiplexes(line, (*numbered, *events, *noise))
    direction, remote = flow(theirs, line, capabilities.direction)
    stream = AgreedStream(
        codec=common[0],
        payload_type=payload_type,
        parameters=parameters,
        may_send=frozenset(numbered),
        accepts=numbered | noise,
        telephone_event=telephone_event,
        telephone_event_hz=telephone_event_hz,
        telephone_event_accepts=frozenset(events),
        ptime_ms=fitting_length_ms(
            packet_length_ms(line, capabilities.ptime_ms), common[0], parameters
        ),
        direction=direction,
        remote=remote,
        remote_control=control_address(line, remote, multiplexed=multiplexed),
        multiplexed=multiplexed,
        extended_reports=wanted_reports(theirs, line) or WantedReports(),
        comfort_noise=_number_of_noise(noise, common[0])
        if capabilities.silence_suppression
        else None,
        srtp=keys_of(security, capabilities),
        dtls=security.dtls,
    )
    media = [description.declined() for description in theirs.media]
    control = [MULTIPLEXED] if multiplexed else []
    if wanted_reports(theirs, line) is not None:
        control.append(WANTED_REPORTS)
    own = audio_line(port, numbered | noise, events, stream.ptime_ms, direction, control=control)
    media[index] = with_answer(own, line.protocol, security, capabilities)
    return Answer(_description(origin, address, tuple(media), theirs.timing), stream)


def read_answer(offer: bytes, answer: bytes, *, current: DtlsTerms | None = None) -> AgreedStream:
    """What the peer's `answer` made of our `offer`; `current` of the DTLS association, if any.

    Raises:
        MalformedDescription: the answer cannot be read, or has other media lines than the offer.
        NotAcceptable: the peer declined the stream or answered with what was not offered.
    """
    ours = SessionDescription.parse(offer)
    theirs = SessionDescription.parse(answer)
    if len(theirs.media) != len(ours.media):
        raise MalformedDescription(
            f"the answer has {len(theirs.media)} m= lines, the offer {len(ours.media)}"
        )
    offered = PayloadFormats.of(ours.media[0])
    line = theirs.media[0]
    if line.media != "audio" or line.port == 0 or not may_answer(ours.media[0], line.protocol):
        raise NotAcceptable(f"the audio was answered with {line.media} {line.port} {line.protocol}")
    formats = PayloadFormats.of(line)
    wanted = [(pt, c) for pt, c in formats.codecs.items() if c in offered.codecs.values()]
    if not wanted:
        raise NotAcceptable(f"formats {' '.join(line.formats)} answer none that was offered")
    payload_type, codec = wanted[0]
    srtp, dtls = answered(ours.media[0], theirs, line, current)
    parameters = formats.parameters.get(payload_type, "")
    direction, remote = flow(theirs, line, stated_direction(ours, ours.media[0]))
    events = formats.telephone_events if offered.telephone_events else {}
    telephone_event, telephone_event_hz = _events_for(codec, events)
    multiplexed = multiplexes(line, formats.codecs)
    noise = _common_noise([codec], formats) if offered.comfort_noise else {}
    return AgreedStream(
        codec=codec,
        payload_type=payload_type,
        parameters=parameters,
        may_send=frozenset(dict(wanted)),
        # The peer shall send with the numbers of the offer (RFC 3264 §6.1); some use their own.
        accepts=noise | dict(wanted) | dict(offered.codecs) | _all_noise(offered),
        telephone_event=telephone_event,
        telephone_event_hz=telephone_event_hz,
        telephone_event_accepts=frozenset(offered.telephone_events) | frozenset(events),
        ptime_ms=fitting_length_ms(
            packet_length_ms(line, packet_length_ms(ours.media[0], 20)), codec, parameters
        ),
        direction=direction,
        remote=remote,
        remote_control=control_address(line, remote, multiplexed=multiplexed),
        multiplexed=multiplexed,
        extended_reports=wanted_reports(theirs, line) or WantedReports(),
        comfort_noise=_number_of_noise(noise, codec),
        srtp=srtp,
        dtls=dtls,
    )


def _numbered(
    codecs: Iterable[Codec], in_use: AgreedStream | None, *, taken: frozenset[int | None]
) -> dict[int, Codec]:
    """The payload types of our own offers: those in use, the static ones, and others from 96 on.

    A number that stands for one format in a call stands for no other later (RFC 3264 §8.3.2). The
    peer's description may have used up all there are: then what has none is left out.
    """
    known = {} if in_use is None else {codec: number for number, codec in in_use.accepts.items()}
    used = _numbers_in_use(in_use)
    free = (number for number in DYNAMIC_PAYLOAD_TYPES if number not in used | taken)
    numbered = {}
    for codec in codecs:
        number = known.get(codec)
        if number is None and codec.static_payload_type not in used:
            number = codec.static_payload_type
        if number is None:
            number = next(free, None)
        if number is not None:
            numbered[number] = codec
    return numbered


def _numbered_events(
    formats: Mapping[int, Codec], in_use: AgreedStream | None, number: int
) -> dict[int, int]:
    """Named events of our own offers: their clock rates, one for each of the codecs' (RFC 4733).

    `number` is for the rate of the codec in use, else of the first one, unless the peer has given
    it to a codec.
    """
    rates = dict.fromkeys(codec.clock_rate_hz for codec in formats.values())
    if in_use is not None and in_use.codec.clock_rate_hz in rates:
        rates = {in_use.codec.clock_rate_hz: None} | rates
    used = _numbers_in_use(in_use).union(formats, (number,))
    free = (each for each in DYNAMIC_PAYLOAD_TYPES if each not in used)
    numbers = free if number in formats else itertools.chain((number,), free)
    return dict(zip(numbers, rates, strict=False))


def _numbers_in_use(in_use: AgreedStream | None) -> frozenset[int | None]:
    if in_use is None:
        return frozenset()
    return frozenset((*in_use.accepts, *in_use.telephone_event_accepts))


def _numbered_noise(
    formats: Mapping[int, Codec], events: Iterable[int], in_use: AgreedStream | None
) -> dict[int, Codec]:
    """Comfort noise of our own offers, for each clock rate of the codecs that want it."""
    wanting = (codec for codec in formats.values() if takes_comfort_noise(codec))
    noises = dict.fromkeys(comfort_noise(codec.clock_rate_hz) for codec in wanting)
    return _numbered(noises, in_use, taken=frozenset((*formats, *events)))


def _common_noise(codecs: Iterable[Codec], formats: PayloadFormats) -> dict[int, Codec]:
    """Comfort noise that the peer has at the clock rates of these codecs, by its numbers."""
    rates = {codec.clock_rate_hz for codec in codecs if takes_comfort_noise(codec)}
    return {
        number: noise
        for number, noise in _all_noise(formats).items()
        if noise.clock_rate_hz in rates
    }


def _all_noise(formats: PayloadFormats) -> dict[int, Codec]:
    return {number: comfort_noise(rate) for number, rate in formats.comfort_noise.items()}


def _number_of_noise(noise: Mapping[int, Codec], codec: Codec) -> int | None:
    if not takes_comfort_noise(codec):
        return None
    rates = {number: each.clock_rate_hz for number, each in noise.items()}
    return _at_rate(rates, codec.clock_rate_hz)


def _common_events(codecs: Iterable[Codec], formats: PayloadFormats) -> dict[int, int]:
    """Named events that the peer has at the clock rates of these codecs, by its numbers.

    Where it lacks one of these, those at the common rate too.
    """
    rates = dict.fromkeys(codec.clock_rate_hz for codec in codecs)
    if not rates.keys() <= set(formats.telephone_events.values()):
        rates[COMMON_EVENTS_HZ] = None
    numbers = ((_at_rate(formats.telephone_events, rate), rate) for rate in rates)
    return {number: rate for number, rate in numbers if number is not None}


def _events_for(codec: Codec, events: Mapping[int, int]) -> tuple[int | None, int]:
    """The number of the named events that go with a codec, and their clock: its own or 8000."""
    own = _at_rate(events, codec.clock_rate_hz)
    if own is not None:
        return own, codec.clock_rate_hz
    return _at_rate(events, COMMON_EVENTS_HZ), COMMON_EVENTS_HZ


def _at_rate(events: Mapping[int, int], clock_rate_hz: int) -> int | None:
    return next((number for number, rate in events.items() if rate == clock_rate_hz), None)


def _numbers_of(codec: Codec, formats: PayloadFormats) -> Iterator[int]:
    return (number for number, known in formats.codecs.items() if known == codec)


def _usable_line(
    theirs: SessionDescription, ours: list[Codec], capabilities: Capabilities
) -> tuple[int, PayloadFormats, Security]:
    """The media line that we serve, its formats, and what protects it.

    The first one that can be encrypted, if we would; else the first one at all: peers that would
    like encryption offer the same sound twice.
    """
    reasons: list[str] = []
    usable: list[tuple[int, PayloadFormats, Security]] = []
    for index, line in enumerate(theirs.media):
        if line.media != "audio" or line.port == 0:
            continue
        formats = PayloadFormats.of(line)
        try:
            security = chosen(theirs, line, capabilities)
        except NotAcceptable as reason:
            reasons.append(str(reason))
            continue
        if any(codec in formats.codecs.values() for codec in ours):
            usable.append((index, formats, security))
        else:
            names = ", ".join(codec.title for codec in ours)
            reasons.append(f"formats {' '.join(line.formats)} hold none of {names}")
    if not usable:
        raise NotAcceptable("; ".join(reasons) or "no audio line is in use")
    return min(usable, key=lambda entry: entry[2].is_plain)


def _description(
    origin: Origin, address: str, media: tuple[MediaDescription, ...], timing: str = "0 0"
) -> bytes:
    return bytes(
        SessionDescription(
            origin=origin, name=_SESSION_NAME, address=address, timing=timing, media=media
        )
    )
