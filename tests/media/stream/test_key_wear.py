"""The lifetime of the peer's key (RFC 4568 §6.1): told in time, and not gone beyond."""

from __future__ import annotations

from dataclasses import replace

from media.engine.commands import StartStream
from media.engine.events import KeysRefused, KeysWearOut
from media.frame import TICK_S
from media.security.srtp import SrtpContext, SrtpKeys, SrtpSuite
from media.stream.key_wear import KeyWear
from media.stream.rtp_stream import RtpStream
from tests.media.engine.engine_bench import CALL, Bench
from tests.media.streams import PEER, agreed, packet, stream
from tests.media.wire import WirePath

SUITE = SrtpSuite.AES_CM_128_HMAC_SHA1_80
KEYS = SrtpKeys(SUITE, bytes(30), b"\x01" * 30, remote_lifetime=80)
RENEWED = replace(KEYS, local=b"\x02" * 30, remote=b"\x03" * 30)


def theirs(keys: SrtpKeys) -> SrtpContext:
    return SrtpContext(SrtpKeys(SUITE, keys.remote, keys.local))


def hear(core: RtpStream, peer: SrtpContext, numbers: range) -> list[int | str]:
    """Take these packets of the peer's; what is told of its key meanwhile."""
    told: list[int | str] = []
    for number in numbers:
        now = 1000.0 + number * 2 * TICK_S
        core.control(now, 1.8e9)
        core.receive(peer.protect(packet(number)), PEER, now)
        left = core.take_key_packets_left()
        told += [] if left is None else [left]
        told += [news.why for news in core.take_key_news() if news.suite is None]
    return told


def test_that_the_key_wears_out_is_told_twice_and_its_end_once() -> None:
    core = stream(srtp=KEYS)
    told = hear(core, theirs(KEYS), range(200))
    assert told == [20, 10, "the other side's key is used up, and it has given no other"]


def test_a_new_key_of_the_peer_has_a_lifetime_of_its_own() -> None:
    core = stream(srtp=KEYS)
    assert hear(core, theirs(KEYS), range(75)) == [20, 10]
    core.update(agreed(srtp=RENEWED), 1001.5)
    peer = theirs(RENEWED)
    assert hear(core, peer, range(75, 135)) == []
    assert hear(core, peer, range(135, 137)) == [20]


def test_a_new_key_of_ours_alone_makes_the_peer_s_no_younger() -> None:
    wear, ours_only = KeyWear(), replace(KEYS, local=RENEWED.local)
    assert wear.look(KEYS, 0) is None
    assert wear.look(KEYS, 70) == 10
    assert wear.look(ours_only, 79) is None
    assert wear.look(ours_only, 80) == 0


def test_the_engine_tells_of_it_by_the_name_of_the_stream() -> None:
    bench = Bench()
    rtp, rtcp = WirePath(("192.0.2.100", 4000)), WirePath(("192.0.2.100", 4001))
    bench.do(StartStream(CALL, rtp, rtcp, stream(srtp=KEYS)))
    peer = theirs(KEYS)
    for number in range(100):
        bench.run(2)
        rtp.deliver(peer.protect(packet(number)), PEER, bench.now)
    first, again, end = bench.events
    assert isinstance(first, KeysWearOut)
    assert isinstance(again, KeysWearOut)
    assert (first.stream, again.stream) == (CALL, CALL)
    assert 15 <= first.packets_left <= 20
    assert 5 <= again.packets_left <= 10
    assert isinstance(end, KeysRefused)
    assert end.stream == CALL


def test_lost_packets_wear_a_key_out_too_and_stages_that_passed_at_once_are_told_once() -> None:
    wear = KeyWear()
    assert wear.look(KEYS, 1000) is None
    assert [wear.look(KEYS, 1000 + used) for used in (59, 75, 76, 81, 500)] == [
        None,
        5,
        None,
        -1,
        None,
    ]


def test_a_key_without_a_lifetime_wears_out_never() -> None:
    core = stream(srtp=replace(KEYS, remote_lifetime=None))
    assert hear(core, theirs(KEYS), range(200)) == []
    assert KeyWear().look(None, 10**9) is None
