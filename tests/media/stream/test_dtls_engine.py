"""Handshakes on the engine's thread: one step of one call in each tick, and what is told."""

from __future__ import annotations

from media.engine.commands import StartStream
from media.engine.events import KeysAgreed, KeysRefused, StreamId
from media.security.dtls_association import LIMIT_S
from media.security.dtls_setup import DtlsTerms, Setup
from media.stream.rtp_stream import RtpStream
from tests.media.engine.engine_bench import Bench
from tests.media.security.dtls_peers import CLIENT_IDENTITY, SERVER_IDENTITY, server
from tests.media.streams import agreed
from tests.media.wire import WirePath

TERMS = DtlsTerms(Setup.ACTIVE, frozenset([SERVER_IDENTITY.fingerprint]))


def start(bench: Bench, number: int) -> WirePath:
    """A call by DTLS, with RTP and RTCP on one port; its path."""
    peer = (f"192.0.2.{number}", 4000)
    core = RtpStream(
        agreed(dtls=TERMS, multiplexed=True, remote=peer, remote_control=peer),
        ssrc=number,
        first_sequence=1,
        first_timestamp=1,
        cname="x",
        identity=CLIENT_IDENTITY,
    )
    rtp, rtcp = WirePath(("192.0.2.100", 4000)), WirePath(("192.0.2.100", 4001))
    bench.do(StartStream(StreamId(f"call {number}"), rtp, rtcp, core))
    return rtp


def test_many_calls_that_begin_at_once_take_turns() -> None:
    """Else thirty calls would need thirty milliseconds of one tick."""
    bench = Bench()
    paths = [start(bench, number) for number in range(1, 7)]
    begun = []
    for _ in range(6):
        bench.run(1)
        begun.append(sum(bool(path.sent) for path in paths))
    assert begun == [1, 2, 3, 4, 5, 6]


def test_keys_are_told_of_with_their_cipher() -> None:
    bench = Bench()
    path = start(bench, 1)
    peer = server()
    for _ in range(20):
        bench.run(1)
        for datagram, _ in path.sent:
            peer.take(datagram, ("192.0.2.1", 1))
        path.sent.clear()
        peer.advance(bench.now)
        for datagram, _ in peer.take_outgoing():
            path.deliver(datagram, ("192.0.2.1", 4000), bench.now)
    assert bench.events == [KeysAgreed(StreamId("call 1"), "AEAD_AES_256_GCM")]


def test_that_there_will_be_no_keys_is_told_once() -> None:
    bench = Bench()
    start(bench, 1)
    bench.run(1)
    bench.now += LIMIT_S
    bench.run(20)
    (event,) = [each for each in bench.events if isinstance(each, KeysRefused)]
    assert event.stream == "call 1"
    assert "in time" in event.why
