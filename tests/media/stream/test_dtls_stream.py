"""Streams whose keys come by DTLS: what they send, hear and say before there are keys and after."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from media.errors import MisuseError
from media.frame import TICK_S, FloatArray, silence
from media.sdp.agreement import AgreedStream
from media.security.dtls_association import LIMIT_S
from media.security.dtls_identity import DtlsIdentity
from media.security.dtls_setup import DtlsTerms, Setup
from media.security.srtp import SrtpKeys
from media.security.srtp_suite import SrtpSuite
from media.stream.rtp_stream import RtpStream
from media.stream.stream_security import KeyNews
from tests.media.security.dtls_peers import CLIENT_IDENTITY, SERVER_IDENTITY, STRANGER_IDENTITY
from tests.media.streams import agreed

ONE, OTHER, ELSEWHERE = ("192.0.2.1", 4000), ("192.0.2.2", 5000), ("203.0.113.9", 6000)
TONE = (0.4 * np.sin(np.arange(480) * 2 * np.pi * 10 / 480)).astype(np.float32)
WALL = 1_800_000_000.0
Place = tuple[str, int]


def next_to(place: Place) -> Place:
    return place[0], place[1] + 1


def terms(setup: Setup, *peers: DtlsIdentity) -> DtlsTerms:
    return DtlsTerms(setup, frozenset(each.fingerprint for each in peers))


@dataclass
class End:
    """One stream at its place, what it has heard and what it has sent."""

    place: Place
    stream: RtpStream
    heard: list[FloatArray | None] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    news: list[KeyNews] = field(default_factory=list)

    @property
    def level(self) -> float:
        """Of the last 100 ms."""
        latest = [silence() if frame is None else frame for frame in self.heard[-10:]]
        return float(np.sqrt(np.mean(np.concatenate(latest) ** 2)))

    @property
    def handshakes(self) -> int:
        return sum(20 <= data[0] <= 63 for data in self.sent)


class Call:
    """The client's and the server's end of a call, and a network that carries what they send."""

    def __init__(
        self,
        *,
        server: DtlsIdentity = SERVER_IDENTITY,
        multiplexed: bool = False,
    ) -> None:
        self.now = 100.0
        self.multiplexed = multiplexed
        self.one = self.end(ONE, OTHER, Setup.ACTIVE, CLIENT_IDENTITY, SERVER_IDENTITY)
        self.other = self.end(OTHER, ONE, Setup.PASSIVE, server, CLIENT_IDENTITY)

    def agreement(self, remote: Place, setup: Setup, *peers: DtlsIdentity) -> AgreedStream:
        return agreed(
            remote=remote,
            remote_control=remote if self.multiplexed else next_to(remote),
            multiplexed=self.multiplexed,
            dtls=terms(setup, *peers),
        )

    def end(
        self, place: Place, remote: Place, setup: Setup, identity: DtlsIdentity, peer: DtlsIdentity
    ) -> End:
        stream = RtpStream(
            self.agreement(remote, setup, peer),
            ssrc=int.from_bytes(identity.fingerprint.digest[:4]),
            first_sequence=1,
            first_timestamp=1,
            cname="x",
            identity=identity,
        )
        return End(place, stream)

    def run(self, seconds: float, *, lost: tuple[Place, ...] = ()) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.now += TICK_S
            for end in (self.one, self.other):
                if end.stream.handshake_is_due(self.now):
                    end.stream.advance_handshake(self.now)
                    end.news += end.stream.take_key_news()
                end.heard.append(end.stream.play(self.now))
                control = end.place if self.multiplexed else next_to(end.place)
                for data, to in end.stream.control(self.now, WALL + self.now):
                    self.carry(end, data, control, to, lost)
                for data, to in end.stream.capture(TONE, self.now):
                    self.carry(end, data, end.place, to, lost)

    def carry(
        self, sender: End, data: bytes, source: Place, to: Place, lost: tuple[Place, ...]
    ) -> None:
        sender.sent.append(data)
        for end in (self.one, self.other):
            if to == end.place and to not in lost:
                end.stream.receive(data, source, self.now)
            elif to == next_to(end.place) and to not in lost:
                end.stream.receive_control(data, source, self.now)


@pytest.mark.parametrize("multiplexed", [False, True])
def test_both_sides_are_heard_and_get_reports_once_there_are_keys(multiplexed: bool) -> None:
    """Without rtcp-mux RTCP has a handshake of its own (RFC 5764 §3)."""
    call = Call(multiplexed=multiplexed)
    call.run(12.0)
    for end in (call.one, call.other):
        assert [each.suite for each in end.news] == [SrtpSuite.AEAD_AES_256_GCM]
        assert end.level > 0.2
        figures = end.stream.statistics
        assert figures.packets_lost == 0
        assert figures.packets_unauthentic == 0
        assert figures.round_trip_ms is not None
    assert call.one.handshakes == (3 if multiplexed else 6)  # hello, hello with cookie, keys


def test_without_keys_of_its_own_there_is_no_rtcp_and_the_sound_goes_on() -> None:
    call = Call()
    call.run(12.0, lost=(next_to(ONE), next_to(OTHER)))
    assert call.one.level > 0.2
    for end in (call.one, call.other):
        assert not [data for data in end.sent if data[0] >= 128 and 192 <= data[1] <= 223]


def test_nothing_but_handshakes_leaves_before_there_are_keys() -> None:
    call = Call()
    call.run(20.0, lost=(OTHER, next_to(OTHER)))
    for end in (call.one, call.other):
        assert end.handshakes == len(end.sent)
        assert end.stream.goodbye(call.now, WALL) == []


def test_what_comes_before_there_are_keys_is_not_heard_and_counted() -> None:
    call = Call()
    plain = RtpStream(agreed(remote=ONE), ssrc=9, first_sequence=1, first_timestamp=1, cname="p")
    reports = 0
    for tick in range(20):
        for data, _ in plain.capture(TONE, tick / 100):
            call.one.stream.receive(data, OTHER, tick / 100)
        for data, _ in plain.control(tick, WALL):
            call.one.stream.receive_control(data, next_to(OTHER), tick / 100)
            reports += 1
    figures = call.one.stream.statistics
    assert reports > 0
    assert figures.packets_received == 0
    assert figures.packets_before_keys == 10 + reports
    assert call.one.stream.play(0.3) is None


def test_somebody_else_hears_nothing_and_is_not_heard_and_that_is_said() -> None:
    call = Call(server=STRANGER_IDENTITY)
    call.run(2.0)
    assert call.one.handshakes == len(call.one.sent)
    assert call.one.stream.statistics.packets_sent == 0
    assert call.one.heard == [None] * 200
    (news,) = call.one.news
    assert news.suite is None
    assert "fingerprint" in news.why


def test_a_peer_that_never_agrees_on_keys_is_told_of_in_time() -> None:
    call = Call()
    call.run(LIMIT_S + 0.1, lost=(OTHER, next_to(OTHER)))
    (news,) = call.one.news
    assert "in time" in news.why


def test_the_same_terms_once_more_change_nothing() -> None:
    """As on hold and resume: the association goes on (RFC 8842 §5.5)."""
    call = Call()
    call.run(1.0)
    before = call.one.handshakes
    held = call.agreement(("0.0.0.0", 5000), Setup.ACTIVE, SERVER_IDENTITY)
    call.one.stream.update(held, call.now)
    call.one.stream.update(call.agreement(OTHER, Setup.ACTIVE, SERVER_IDENTITY), call.now)
    call.run(0.5)
    assert call.one.handshakes == before
    assert call.one.level > 0.2
    assert call.other.level > 0.2


def test_another_certificate_means_another_handshake_and_no_lost_packet() -> None:
    call = Call()
    call.run(1.0)
    stranger = call.end(OTHER, ONE, Setup.PASSIVE, STRANGER_IDENTITY, CLIENT_IDENTITY)
    call.one.stream.update(call.agreement(OTHER, Setup.ACTIVE, STRANGER_IDENTITY), call.now)
    call.run(0.2)
    assert call.one.level > 0.2  # by the old keys, as long as the new one has not answered
    call.other = stranger
    call.run(1.0)
    assert [each.suite for each in call.one.news] == [SrtpSuite.AEAD_AES_256_GCM] * 2
    assert call.one.level > 0.2
    assert stranger.level > 0.2


def test_old_keys_do_not_outlive_a_change_that_fails() -> None:
    call = Call()
    call.run(1.0)
    call.one.stream.update(call.agreement(OTHER, Setup.ACTIVE, STRANGER_IDENTITY), call.now)
    call.one.stream.receive(b"\x16", OTHER, call.now)
    call.run(LIMIT_S + 1.0)
    assert call.one.news[-1].suite is None
    sent = len(call.one.sent)
    call.run(0.5)
    assert call.one.heard[-40:] == [None] * 40
    assert len(call.one.sent) == sent


def test_a_peer_that_only_moved_may_go_on_with_the_keys_that_there_are() -> None:
    call = Call()
    call.run(1.0)
    call.other.place = ELSEWHERE
    call.one.stream.update(call.agreement(ELSEWHERE, Setup.ACTIVE, SERVER_IDENTITY), call.now)
    call.run(LIMIT_S + 2.0)
    assert len(call.one.news) == 1  # no failure either
    assert call.one.level > 0.2
    assert call.other.level > 0.2


def test_a_call_that_becomes_encrypted_is_never_plain_again_until_it_is_agreed() -> None:
    call = Call()
    plain = RtpStream(
        agreed(remote=OTHER),
        ssrc=1,
        first_sequence=1,
        first_timestamp=1,
        cname="x",
        identity=CLIENT_IDENTITY,
    )
    assert plain.capture(TONE, 0.0) + plain.capture(TONE, 0.01)
    plain.update(call.agreement(OTHER, Setup.ACTIVE, SERVER_IDENTITY), 0.02)
    sent = [data for tick in range(3, 100) for data, _ in plain.capture(TONE, tick / 100)]
    sent += [data for tick in range(1000) for data, _ in plain.control(tick / 100, WALL)]
    assert all(20 <= data[0] <= 63 for data in sent)


def test_a_key_of_a_description_that_comes_back_after_plain_sound_is_not_used_anew() -> None:
    """RFC 3711 §9.1: two packets of one number under one key give both away."""
    keys = SrtpKeys(SrtpSuite.AES_CM_128_HMAC_SHA1_80, bytes(30), b"\x01" * 30)
    stream = RtpStream(agreed(srtp=keys), ssrc=1, first_sequence=1, first_timestamp=1, cname="x")
    first = stream.goodbye(0.0, WALL) or [
        each for tick in range(1000) for each in stream.control(tick / 100, WALL)
    ]
    stream.update(agreed(), 10.0)
    stream.update(agreed(srtp=keys), 10.0)
    again = [each for tick in range(1000) for each in stream.control(10 + tick / 100, WALL)]
    indexes = [data[-14:-10] for data, _ in (*first, *again)]
    assert len(indexes) > 1
    assert len(set(indexes)) == len(indexes)


def test_a_stream_by_dtls_needs_an_identity() -> None:
    with pytest.raises(MisuseError, match="identity"):
        RtpStream(
            agreed(dtls=terms(Setup.ACTIVE, SERVER_IDENTITY)),
            ssrc=1,
            first_sequence=1,
            first_timestamp=1,
            cname="x",
        )
