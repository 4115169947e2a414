"""Which packets a stream takes and where it sends to, as traces of what comes."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from media.frame import silence
from media.sdp.negotiation import AgreedStream
from media.security.srtp import SrtpContext, SrtpKeys, SrtpSuite
from media.stream.rtp_stream import RtpStream
from tests.media.streams import SSRC, agreed, packet

STATED, ROUTER, OTHER = ("192.0.2.1", 4000), ("203.0.113.5", 40000), ("198.51.100.66", 5)
REBOUND = ("203.0.113.5", 51111)
MOVED_TO = ("192.0.2.9", 6000)
SUITE = SrtpSuite.AES_CM_128_HMAC_SHA1_80


class At(NamedTuple):
    """A packet of the peer's stream, or of another one, and what becomes of it."""

    second: float
    source: tuple[str, int]
    number: int
    heard: bool
    destination: tuple[str, int]
    ssrc: int = SSRC


class Restated(NamedTuple):
    """A new description names another address."""

    second: float
    address: tuple[str, int]
    destination: tuple[str, int]


TRACES: dict[str, list[At | Restated]] = {
    "at the stated address from the first packet on": [
        At(0.00, STATED, 0, True, STATED),
        At(0.02, STATED, 1, True, STATED),
    ],
    "behind a router: where its packets come from (RFC 4961)": [
        At(0.00, ROUTER, 0, True, ROUTER),
        At(0.02, ROUTER, 1, True, ROUTER),
    ],
    "nobody else enters a running call, whatever SSRC and number he guesses": [
        At(0.00, ROUTER, 0, True, ROUTER),
        At(0.02, OTHER, 0, False, ROUTER, 77),
        At(0.03, OTHER, 1, False, ROUTER),
        At(0.04, ROUTER, 1, True, ROUTER),
        At(0.33, OTHER, 2, False, ROUTER),  # 0.29 s: the peer may only be late
        At(0.34, ROUTER, 2, True, ROUTER),
        At(1.33, OTHER, 3, False, ROUTER, 77),  # 0.99 s
    ],
    "who was first is put out by the stated address": [
        At(0.00, OTHER, 0, True, OTHER, 77),
        At(0.02, STATED, 0, True, STATED),
        At(0.04, OTHER, 1, False, STATED, 77),
    ],
    "a router gives the peer another port in the call": [
        At(0.00, ROUTER, 0, True, ROUTER),
        At(0.02, ROUTER, 1, True, ROUTER),
        At(0.22, REBOUND, 11, False, ROUTER),
        At(0.32, REBOUND, 16, True, REBOUND),
        At(0.34, REBOUND, 17, True, REBOUND),
    ],
    "another stream after a second of silence, and the first one goes on": [
        At(0.00, ROUTER, 0, True, ROUTER),
        At(0.90, OTHER, 9, False, ROUTER, 77),
        At(1.00, OTHER, 10, True, OTHER, 77),
        At(1.02, OTHER, 11, True, OTHER, 77),
        At(1.04, ROUTER, 52, True, ROUTER),
        At(1.06, OTHER, 12, False, ROUTER, 77),
    ],
    "a description that says the same again changes nothing": [
        At(0.00, ROUTER, 0, True, ROUTER),
        Restated(0.01, STATED, ROUTER),
        At(0.02, OTHER, 0, False, ROUTER, 77),
    ],
    "a description with another address: what is on the way does not lead back": [
        At(0.00, STATED, 0, True, STATED),
        Restated(0.01, MOVED_TO, MOVED_TO),
        At(0.02, STATED, 1, True, MOVED_TO),
        At(0.04, ROUTER, 0, True, ROUTER, 77),  # the new address is behind a router
        At(0.05, STATED, 2, False, ROUTER),
        At(0.06, ROUTER, 1, True, ROUTER, 77),
    ],
    "a description with another address, and the peer stays where it was": [
        At(0.00, ROUTER, 0, True, ROUTER),
        Restated(0.01, MOVED_TO, MOVED_TO),
        At(0.02, ROUTER, 1, True, MOVED_TO),
        At(0.52, ROUTER, 26, True, ROUTER),
    ],
}


def run(trace: list[At | Restated], stream: RtpStream, terms: dict[str, object]) -> None:
    """Feed the trace and check each step."""
    for step in trace:
        if isinstance(step, Restated):
            stream.update(agreed(**terms | {"remote": step.address}), step.second)
        else:
            before = stream.statistics.packets_received
            data = packet(step.number, ssrc=step.ssrc)
            stream.receive(data, step.source, step.second)
            assert stream.statistics.packets_received - before == step.heard, step
        assert destination(stream, step.second) == step.destination, step


def destination(stream: RtpStream, now: float) -> tuple[str, int]:
    ((_, to),) = [out for _ in range(2) for out in stream.capture(silence(), now)]
    return to


def new_stream(terms: AgreedStream) -> RtpStream:
    return RtpStream(terms, ssrc=1, first_sequence=0, first_timestamp=0, cname="x")


@pytest.mark.parametrize("name", TRACES)
def test_a_trace_of_an_open_call(name: str) -> None:
    terms: dict[str, object] = {"remote": STATED}
    run(TRACES[name], new_stream(agreed(**terms)), terms)


def test_foreign_packets_are_counted_and_the_last_source_is_told() -> None:
    stream = new_stream(agreed(remote=STATED))
    stream.receive(packet(0), ROUTER, 0.0)
    for number in range(5):
        stream.receive(packet(number, ssrc=7), ("198.51.100.1", number), 0.1)
    figures = stream.statistics
    assert figures.packets_foreign == 5
    assert figures.foreign_source == ("198.51.100.1", 4)
    assert figures.heard_from == ROUTER
    assert figures.source_moves == 0


def test_moves_are_counted() -> None:
    stream = new_stream(agreed(remote=STATED))
    stream.receive(packet(0), ROUTER, 0.0)
    stream.receive(packet(30), REBOUND, 0.6)
    assert stream.statistics.source_moves == 1
    assert stream.statistics.heard_from == REBOUND


class Encrypted:
    """A stream of ours, and the peer's own protection."""

    def __init__(self) -> None:
        ours, theirs = bytes(30), bytes(range(30))
        self.stream = new_stream(agreed(remote=STATED, srtp=SrtpKeys(SUITE, ours, theirs)))
        self.peer = SrtpContext(SrtpKeys(SUITE, theirs, ours))

    def came(self, data: bytes, source: tuple[str, int], second: float) -> bool:
        before = self.stream.statistics.packets_received
        self.stream.receive(data, source, second)
        return self.stream.statistics.packets_received > before


def test_encrypted_nobody_moves_anything_without_the_key() -> None:
    """Not before the first packet, not in a pause, not by the stated address, not by copies."""
    call = Encrypted()
    assert not call.came(packet(0), OTHER, 0.0)
    assert destination(call.stream, 0.0) == STATED
    first = call.peer.protect(packet(0))
    assert call.came(first, ROUTER, 0.1)
    for second, source in ((0.2, OTHER), (0.2, STATED), (50.0, OTHER), (50.0, STATED)):
        assert not call.came(packet(1), source, second)
        assert not call.came(first, source, second)
        assert destination(call.stream, second) == ROUTER
    assert call.stream.statistics.packets_unauthentic == 9


def test_encrypted_the_peer_is_followed_at_once_and_not_led_back_by_what_was_overtaken() -> None:
    call = Encrypted()
    packets = [call.peer.protect(packet(number)) for number in range(4)]
    assert call.came(packets[0], ROUTER, 0.00)
    assert call.came(packets[2], REBOUND, 0.04)
    assert destination(call.stream, 0.05) == REBOUND
    assert call.came(packets[1], ROUTER, 0.05)
    assert destination(call.stream, 0.06) == REBOUND
    assert call.came(packets[3], REBOUND, 0.06)
    assert call.stream.statistics.source_moves == 1
