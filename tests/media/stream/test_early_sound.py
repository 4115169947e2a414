"""Sound that comes before the end of the handshake that brings its keys is heard, and whole."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest

from media.frame import FRAME_SAMPLES, TICK_S, FloatArray, silence
from media.rtp.packet import plain_packet
from media.security.dtls_identity import DtlsIdentity
from media.security.dtls_setup import DtlsTerms, Setup
from media.security.srtp_suite import SrtpSuite
from media.stream.early_packets import LONGEST_PACKET, MOST_PACKETS, MOST_SOURCES, EarlyPackets
from media.stream.rtp_stream import RtpStream
from tests.media.lost_start import band_noise, lost_ms
from tests.media.security.dtls_peers import CLIENT_IDENTITY, SERVER_IDENTITY, STRANGER_IDENTITY
from tests.media.streams import agreed

HERE, THERE, ELSEWHERE = ("192.0.2.1", 4000), ("192.0.2.2", 5000), ("203.0.113.9", 6000)
WORD = band_noise(5)


def end(
    remote: tuple[str, int], setup: Setup, own: DtlsIdentity, peer: DtlsIdentity, ssrc: int
) -> RtpStream:
    terms = DtlsTerms(setup, frozenset([peer.fingerprint]))
    return RtpStream(
        agreed(remote=remote, remote_control=remote, multiplexed=True, dtls=terms),
        ssrc=ssrc,
        first_sequence=1,
        first_timestamp=1,
        cname="x",
        identity=own,
    )


class Talk:
    """We, who begin the handshake, and a peer that talks from the moment it has keys.

    What it sends of the handshake arrives so many ticks late, as if the network had lost it and it
    had been repeated; what it says does not.
    """

    def __init__(self, late: int) -> None:
        self.now = 100.0
        self.heard: list[FloatArray] = []
        self.ours = end(THERE, Setup.ACTIVE, CLIENT_IDENTITY, SERVER_IDENTITY, 1)
        self.theirs = end(HERE, Setup.PASSIVE, SERVER_IDENTITY, CLIENT_IDENTITY, 2)
        self.source = THERE
        self.suites: list[SrtpSuite | None] = []
        self._late = late
        self._word = deque(WORD.reshape(-1, FRAME_SAMPLES))
        self._underway: deque[tuple[float, bytes]] = deque()

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.now += TICK_S
            while self._underway and self._underway[0][0] <= self.now + 1e-6:
                self.ours.receive(self._underway.popleft()[1], self.source, self.now)
            for stream in (self.ours, self.theirs):
                if stream.handshake_is_due(self.now):
                    stream.advance_handshake(self.now)
            self.suites += [news.suite for news in self.ours.take_key_news()]
            frame = self.ours.play(self.now)
            self.heard.append(silence() if frame is None else frame)
            for data, _ in self.ours.capture(silence(), self.now):
                self.theirs.receive(data, HERE, self.now)
            talks = bool(self.theirs.take_key_news()) or len(self._word) < 40
            said = self._word.popleft() if talks and self._word else silence()
            for data, _ in self.theirs.capture(said, self.now):
                if 20 <= data[0] <= 63:
                    self._underway.append((self.now + self._late * TICK_S, data))
                else:
                    self.ours.receive(data, self.source, self.now)


@pytest.mark.parametrize("late", [1, 2, 3, 4, 10, 15])
def test_nothing_is_lost_of_a_word_that_begins_before_our_keys(late: int) -> None:
    talk = Talk(late)
    talk.run(late * TICK_S * 4 + 1.5)
    assert talk.suites == [SrtpSuite.AEAD_AES_256_GCM]
    assert lost_ms(WORD, np.concatenate(talk.heard)) == 0
    figures = talk.ours.statistics
    assert figures.packets_before_keys == 0
    assert figures.packets_unauthentic == 0
    assert figures.packets_lost == 0


@pytest.mark.parametrize("late", [30, 90])
def test_of_much_that_waited_no_packet_is_left_out(late: int) -> None:
    """It is heard faster, as after a network that stood still."""
    talk = Talk(late)
    talk.run(late * TICK_S * 4 + 1.5)
    loud_s = TICK_S * sum(float(np.abs(frame).max()) > 0.01 for frame in talk.heard)
    figures = talk.ours.statistics
    assert 0.2 < figures.shortened_ms / 1000 < late * TICK_S
    assert loud_s > 0.2
    assert (
        figures.packets_received
        == figures.packets_before_keys + talk.theirs.statistics.packets_sent
    )
    assert figures.packets_skipped + figures.packets_late + figures.packets_lost == 0
    assert figures.packets_before_keys == 0


def test_what_waited_counts_with_the_time_it_came_so_that_the_delay_is_made_up_for() -> None:
    talk = Talk(late=20)
    talk.run(1.0)
    assert talk.ours.statistics.playout_delay_ms > 100
    talk.run(10.0)
    assert talk.ours.statistics.playout_delay_ms < 60


def junk(number: int) -> bytes:
    return plain_packet(0, number & 0xFFFF, number * 160, 7, bytes(170), marker=False)


def test_a_flood_of_others_keeps_nobody_out_and_costs_a_bounded_amount() -> None:
    """From anywhere, and from other ports of the peer's own address."""
    talk = Talk(late=10)
    talk.run(0.02)
    for number in range(3000):
        talk.ours.receive(junk(number), (f"198.51.100.{number % 250}", number), talk.now)
        talk.ours.receive(junk(number), (THERE[0], 10_000 + number), talk.now)
    talk.run(1.5)
    assert lost_ms(WORD, np.concatenate(talk.heard)) == 0
    figures = talk.ours.statistics
    assert figures.packets_before_keys == 6000
    assert figures.packets_received > 20
    assert figures.packets_unauthentic == 0


def test_what_the_keys_do_not_prove_is_not_heard() -> None:
    talk = Talk(late=10)
    talk.run(0.02)
    for number in range(10):
        talk.ours.receive(junk(number), THERE, talk.now)
    talk.run(1.5)
    assert lost_ms(WORD, np.concatenate(talk.heard)) == 0
    assert talk.ours.statistics.packets_unauthentic == 10
    assert talk.ours.statistics.packets_before_keys == 0


def test_what_is_no_rtp_is_neither_early_nor_a_forgery() -> None:
    """Linphone sends STUN (RFC 8489) twice a second for its firewall, whatever was agreed on."""
    request = bytes.fromhex("000100002112a442") + bytes(12)
    talk = Talk(late=3)
    for _ in range(5):
        talk.run(0.1)
        talk.ours.receive(request, THERE, talk.now)
        talk.ours.receive_control(request, THERE, talk.now)
    figures = talk.ours.statistics
    assert (figures.packets_before_keys, figures.packets_unauthentic) == (0, 0)
    assert figures.packets_malformed == 10


def test_new_keys_in_a_call_lose_no_word_either() -> None:
    """As when a PBX lets two phones talk directly: another certificate, at another place."""
    talk = Talk(late=3)
    talk.run(1.5)
    talk.heard.clear()
    talk.source = ELSEWHERE
    talk.theirs = end(HERE, Setup.PASSIVE, STRANGER_IDENTITY, CLIENT_IDENTITY, 3)
    talk._word = deque(WORD.reshape(-1, FRAME_SAMPLES))
    terms = DtlsTerms(Setup.ACTIVE, frozenset([STRANGER_IDENTITY.fingerprint]))
    moved = agreed(remote=ELSEWHERE, remote_control=ELSEWHERE, multiplexed=True, dtls=terms)
    talk.ours.update(moved, talk.now)
    talk.run(1.5)
    assert lost_ms(WORD, np.concatenate(talk.heard)) <= 5.0  # what was heard before fades out
    assert talk.ours.statistics.packets_before_keys == 0
    assert talk.ours.statistics.packets_unauthentic == 0


def test_no_more_is_kept_than_could_be_heard() -> None:
    early = EarlyPackets()
    for number in range(200):
        assert early.keep(b"%d" % number, ELSEWHERE, number, stated=THERE)
    ports = [early.keep(b"x", ("192.0.2.2", port), 0.0, stated=THERE) for port in range(100)]
    assert ports.count(True) == MOST_SOURCES - 2
    assert early.keep(b"x", THERE, 0.0, stated=THERE)
    assert not early.keep(bytes(LONGEST_PACKET + 1), THERE, 0.0, stated=THERE)
    kept = early.take(ELSEWHERE)
    assert [int(data) for data, _ in kept] == list(range(200 - MOST_PACKETS, 200))
    assert [arrived for _, arrived in kept] == list(range(200 - MOST_PACKETS, 200))
    assert early.take(THERE) == []
