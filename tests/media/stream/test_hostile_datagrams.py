"""Whoever sends, and whatever: sound goes on, nothing grows, no packet costs more than it may."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path
from resource import getpagesize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from media.errors import MalformedPacket
from media.rtp.packet import plain_packet
from media.rtp.receiver import EVENTS_KEPT, EVENTS_PER_S
from media.rtp.rtcp import (
    MOST_ITEMS,
    MOST_PACKETS,
    ReceiverReport,
    SourceDescription,
    compound,
    parse_compound,
)
from media.security.dtls_handshake import DtlsHandshake, Progress
from media.security.dtls_setup import Setup
from media.security.srtp import (
    LONGEST_OVERLAP_PACKETS,
    MOST_OWN_KEYS,
    MOST_SOURCES,
    SrtpKeys,
    SrtpSuite,
)
from media.stream.rtp_stream import REPORTS_AT_ONCE, REPORTS_PER_S
from media.stream.stream_security import StreamSecurity
from tests.fuzz.composure import endure_datagrams
from tests.fuzz.datagram_seeds import FOUND, SEEDS
from tests.media.security.dtls_peers import CLIENT_IDENTITY, SERVER_IDENTITY, terms
from tests.media.security.srtp_ends import fresh, key, opened, pair, protected
from tests.media.streams import PEER, PEER_CONTROL, Listener, agreed, packet, stream
from tests.mutation import mutated

CM80 = SrtpSuite.AES_CM_128_HMAC_SHA1_80
REPORT = compound((ReceiverReport(ssrc=7),))


@pytest.mark.parametrize("script", [*SEEDS, *FOUND, b"", b"\1"])
def test_a_call_endures_what_comes(script: bytes) -> None:
    endure_datagrams(script)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.integers(1, 6))
def test_a_call_endures_bent_datagrams(seed: bytes, dice: int, times: int) -> None:
    endure_datagrams(mutated(seed, random.Random(dice), times))


# --- the engine's time ----------------------------------------------------------------------------


def test_slivers_of_sound_are_no_sound() -> None:
    """At one sample a packet, codecs taking turns, 64 packets a tick took 20 ms of the engine's."""
    core = stream()
    for number in range(64):
        core.receive(packet(number, b"\x20" * 15, payload_type=8 * (number % 2)), PEER, 0.0)
    assert core.statistics.packets_of_unknown_type == 64
    listener = Listener(stream())
    listener.listen([(0.0025 * n, packet(n, b"\x20" * 20, samples=20)) for n in range(80)], 21)
    assert listener.core.statistics.packets_received == 80  # as long as Opus has them


def test_a_flood_of_reports_is_not_looked_at() -> None:
    core = stream()
    for number in range(1000):
        core.receive_control(REPORT, PEER_CONTROL, 10.0 + number / 1000)
    refused = core.statistics.reports_refused
    assert refused == pytest.approx(1000 - REPORTS_AT_ONCE - REPORTS_PER_S, abs=1)
    core.receive_control(REPORT, PEER_CONTROL, 12.0)
    assert core.statistics.reports_refused == refused


def test_a_flood_of_keys_does_not_reach_the_main_loop() -> None:
    """Each packet is a turn of it, and the queue before it has no bound."""
    core, told = stream(), 0
    for number in range(6000):
        key = bytes((number % 16, 0x8A, 0, 160))
        data = packet(number, key, payload_type=101)
        core.receive(data, PEER, 10.0 + number / 6000)
        told += len(core.take_named_events()) if number % 60 == 0 else 0
    told += len(core.take_named_events())
    assert told == pytest.approx(EVENTS_KEPT + EVENTS_PER_S, abs=2)
    assert core.statistics.events_refused == 6000 - told


def test_what_strangers_send_does_not_count_against_the_peers_reports() -> None:
    core = stream()
    for _ in range(100):
        core.receive_control(REPORT, ("203.0.113.9", 4001), 10.0)
    core.receive_control(REPORT, PEER_CONTROL, 10.0)
    assert core.statistics.reports_refused == 0
    assert core.heard_at == 10.0


def test_what_a_datagram_of_reports_may_hold_is_bounded() -> None:
    assert len(parse_compound(REPORT * 200)) == MOST_PACKETS
    described = parse_compound(REPORT + _description(MOST_ITEMS))[1]
    assert isinstance(described, SourceDescription)
    assert len(described.chunks[0][1]) == MOST_ITEMS
    with pytest.raises(MalformedPacket, match=f"more than {MOST_ITEMS}"):
        parse_compound(REPORT + _description(MOST_ITEMS + 2))


def _description(items: int) -> bytes:
    """Of one source, by so many empty names; an even number."""
    body = bytes(4) + b"\x01\x00" * items + bytes(4)
    return b"\x81\xca" + (len(body) // 4).to_bytes(2) + body


# --- memory ---------------------------------------------------------------------------------------


def test_the_sources_under_one_key_are_bounded_and_those_that_are_known_go_on() -> None:
    one, other = pair()
    for ssrc in range(MOST_SOURCES):
        assert other.open(one.protect(plain_packet(0, 1, 0, ssrc, b"a", marker=False)))
    for ssrc in range(1000, 1100):
        assert other.open(one.protect(plain_packet(0, 1, 0, ssrc, b"a", marker=False))) is None
        assert other.open_control(one.protect_control(_report_by(ssrc))) is None
    assert other.open(one.protect(plain_packet(0, 2, 0, 3, b"a", marker=False)))
    assert other.open_control(one.protect_control(_report_by(3)))


def test_reports_take_room_among_the_sources_too() -> None:
    one, other = pair()
    for ssrc in range(MOST_SOURCES):
        assert other.open_control(one.protect_control(_report_by(ssrc)))
    assert other.open(one.protect(plain_packet(0, 1, 0, 1000, b"a", marker=False))) is None


def _report_by(ssrc: int) -> bytes:
    return compound((ReceiverReport(ssrc=ssrc),))


def _shaken_hands() -> tuple[DtlsHandshake, SSL.Connection]:
    """Our end, and the peer's, which may say what it likes."""
    ours = DtlsHandshake(CLIENT_IDENTITY, terms(Setup.ACTIVE, SERVER_IDENTITY))
    theirs = SERVER_IDENTITY.connection(is_client=False)
    while ours.progress is Progress.UNDER_WAY:
        for datagram in ours.take_outgoing():
            theirs.bio_write(datagram)
        with contextlib.suppress(SSL.WantReadError):
            theirs.do_handshake()
        ours.take(theirs.bio_read(65536))
    assert ours.progress is Progress.DONE
    return ours, theirs


def _resident_octets() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()


def _flood(ours: DtlsHandshake, theirs: SSL.Connection) -> int:
    """By how much the program grows with 24 MB of what nobody wants."""
    before = _resident_octets()
    for _ in range(20_000):
        theirs.send(bytes(1100))
        ours.take(theirs.bio_read(4096))
        ours.take_outgoing()
    return _resident_octets() - before


def test_what_a_peer_says_by_dtls_behind_the_handshake_does_not_pile_up() -> None:
    assert _flood(*_shaken_hands()) < 8_000_000


def test_nor_does_what_it_says_after_it_has_said_goodbye() -> None:
    ours, theirs = _shaken_hands()
    datagram = b"\x17\xfe\xfd\0\1" + bytes(6) + (1100).to_bytes(2) + bytes(1100)
    theirs.shutdown()
    ours.take(theirs.bio_read(4096))
    before = _resident_octets()
    for _ in range(20_000):
        ours.take(datagram)
    assert _resident_octets() - before < 8_000_000


# --- keys -----------------------------------------------------------------------------------------


def test_strangers_do_not_end_the_time_in_which_an_old_key_is_good() -> None:
    one, other = pair()
    other.update(fresh(60, 50))
    garbage = plain_packet(0, 1, 0, 7, bytes(40), marker=False)
    assert opened(other, [garbage] * (2 * LONGEST_OVERLAP_PACKETS)) == 0
    assert other.open(protected(one, 1)) is not None


def test_a_peer_that_changes_keys_without_end_is_told_of_and_nothing_raises() -> None:
    """It raised on the engine's thread, once for each further change."""
    security = StreamSecurity(agreed(srtp=_keys(0)), None)
    for number in range(1, 2 * MOST_OWN_KEYS):
        security.update(agreed(srtp=_keys(number)))
        if not security.may_send:
            break
    assert number == MOST_OWN_KEYS
    (news,) = security.take_news()
    assert "more than 64 keys" in news.why
    assert security.protect(packet(1)) is None  # and never in the clear


def _keys(number: int) -> SrtpKeys:
    return SrtpKeys(CM80, key(CM80, number), key(CM80, 200))
