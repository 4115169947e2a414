"""The bench's RTP: packets, their appointed times, and a whole exchange with a reflector."""

from itertools import pairwise

import numpy as np
import pytest

from tools.bench import g711
from tools.bench.figures.loop_jitter import lateness
from tools.bench.leg import Leg
from tools.bench.reflector import Reflector
from tools.bench.rtp_packet import PACKET_S, RtpPacket, read_rtp, write_rtp
from tools.bench.traffic import Traffic, appointment


def test_a_packet_is_read_as_it_was_written() -> None:
    """RFC 3550 §5.1."""
    data = write_rtp(7, 1120, 0xDEADBEEF, b"sound", marker=True)
    assert data[:12] == bytes.fromhex("80 80 0007 00000460 deadbeef")
    assert read_rtp(data) == RtpPacket(0, 7, 1120, b"sound")


def test_sequence_and_timestamp_wrap() -> None:
    """RFC 3550 §5.1: 16 and 32 bits."""
    packet = read_rtp(write_rtp(65_536 + 5, (1 << 32) + 9, 1, b"", marker=False))
    assert packet is not None
    assert (packet.sequence, packet.timestamp) == (5, 9)


@pytest.mark.parametrize("data", [b"", bytes(11), b"\x90" + bytes(20), b"\x40" + bytes(20)])
def test_other_packets_are_none_of_ours(data: bytes) -> None:
    assert read_rtp(data) is None


def test_appointments_are_counted_from_the_start_and_spread_over_the_legs() -> None:
    """So lateness never adds up, and ten phones do not send in the same moment."""
    assert appointment(5.0, packet=1_000_000, leg=0, legs=10) == 5.0 + 1_000_000 * PACKET_S
    assert appointment(5.0, packet=0, leg=9, legs=10) == pytest.approx(5.0 + 0.018)


def test_all_that_is_sent_to_a_reflector_comes_back_in_order() -> None:
    leg = Leg([bytes(range(160)), bytes(160)], keep=True)
    with Reflector() as reflector:
        leg.aim(reflector.address)
        for expected in range(1, 6):
            leg.send_next()
            while leg.received < expected:
                leg.collect()
    leg.close()
    assert [arrival.packet.sequence for arrival in leg.arrivals] == [0, 1, 2, 3, 4]
    assert leg.arrivals[2].packet.payload == bytes(range(160))
    for arrival, departure in zip(leg.arrivals, leg.departures, strict=True):
        assert 0.0 <= arrival.at - departure < 1.0


def test_a_mark_begins_the_count_anew() -> None:
    leg = Leg([bytes(160)])
    with Reflector() as reflector:
        leg.aim(reflector.address)
        leg.send_next()
        while leg.received < 1:
            leg.collect()
        leg.mark()
        assert leg.received_since_mark == 0
        assert leg.longest_gap_s == 0.0
    leg.close()


def test_traffic_that_cannot_be_sent_still_ends() -> None:
    leg = Leg([bytes(160)])
    with Reflector() as reflector:
        leg.aim(reflector.address)
        with Traffic([leg]) as traffic:
            while not leg.departures:
                pass
    leg.close()
    assert traffic.cpu_s > 0.0


@pytest.mark.parametrize("length", [0, 159, 161])
def test_sound_comes_in_whole_packets(length: int) -> None:
    with pytest.raises(ValueError, match=str(length)):
        g711.payloads(np.zeros(length, np.float32))


def test_sound_is_cut_into_packets_in_its_order() -> None:
    sound = np.linspace(-0.9, 0.9, 480, dtype=np.float32)
    packets = g711.payloads(sound)
    assert [len(packet) for packet in packets] == [160, 160, 160]
    assert b"".join(packets) == g711.encode(sound)


def test_a_leg_without_anything_to_send_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Leg([])


def test_a_leg_sends_its_codecs_number_and_clock() -> None:
    """RFC 3550 §5.1; Opus counts 48,000 units a second (RFC 7587 §4.1)."""
    leg = Leg([b"one", b"two"], payload_type=96, units=960, keep=True)
    with Reflector() as reflector:
        leg.aim(reflector.address)
        for expected in (1, 2, 3):
            leg.send_next()
            while leg.received < expected:
                leg.collect()
    leg.close()
    assert [arrival.packet for arrival in leg.arrivals] == [
        RtpPacket(96, 0, 0, b"one"),
        RtpPacket(96, 1, 960, b"two"),
        RtpPacket(96, 2, 1920, b"one"),
    ]


def test_jitter_is_as_long_as_it_is_to_be_and_no_packet_overtakes_another() -> None:
    late = lateness(500, 0.03, seed=1)
    assert late == lateness(500, 0.03, seed=1)
    assert 0.0 <= min(late) < 0.001
    assert 0.029 < max(late) <= 0.03
    leaves = [number * PACKET_S + by for number, by in enumerate(late)]
    assert min(after - before for before, after in pairwise(leaves)) >= -1e-9


def test_what_leaves_late_counts_from_when_it_was_due() -> None:
    leg = Leg([bytes(160)], late_s=(0.0, 5.0))
    with Reflector() as reflector:
        leg.aim(reflector.address)
        assert leg.next_late_s == 0.0
        leg.send_next()
        assert leg.next_late_s == 5.0
        leg.send_next()
    leg.close()
    assert leg.departures[1] - leg.departures[0] == pytest.approx(-5.0, abs=1.0)
