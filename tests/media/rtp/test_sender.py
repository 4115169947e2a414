from __future__ import annotations

import numpy as np
import pytest

from media.codecs import g711
from media.frame import FRAME_SAMPLES, FloatArray
from media.rtp.packet import RtpPacket
from media.rtp.sender import LONGEST_EVENT_QUEUE, RtpSender
from media.sdp.negotiation import Direction
from tests.media.streams import agreed

SILENCE = np.zeros(FRAME_SAMPLES, dtype=np.float32)


def sender(**changes: object) -> RtpSender:
    return RtpSender(agreed(**changes), ssrc=9, first_sequence=0xFFFF, first_timestamp=0xFFFF_FFF0)


def packets(of: RtpSender, frames: int, frame: FloatArray = SILENCE) -> list[RtpPacket]:
    made = [of.capture(frame, now=i / 100) for i in range(frames)]
    return [RtpPacket.parse(packet) for packet in made if packet is not None]


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 40, 60])
def test_packets_have_the_agreed_length_and_numbers_that_wrap(ptime_ms: int) -> None:
    """RFC 3550 §5.1."""
    made = packets(sender(ptime_ms=ptime_ms), 12)
    units = ptime_ms * 8
    assert len(made) == 12 * 10 // ptime_ms
    assert [p.sequence for p in made] == [(0xFFFF + n) % 65536 for n in range(len(made))]
    assert [p.timestamp for p in made] == [
        (0xFFFF_FFF0 + n * units) % 2**32 for n in range(len(made))
    ]
    assert {len(p.payload) for p in made} == {units}


def test_the_marker_stands_on_the_first_packet_after_silence_only() -> None:
    """RFC 3551 §4.1."""
    ours = sender()
    assert [p.marker for p in packets(ours, 6)] == [True, False, False]
    ours.update(agreed(direction=Direction.RECVONLY))
    assert not packets(ours, 7)
    ours.update(agreed())
    assert [p.marker for p in packets(ours, 4)] == [True, False]


def test_time_stamps_run_on_through_a_hold_and_sequence_numbers_do_not() -> None:
    """RFC 3550 §5.1."""
    ours = sender()
    before = packets(ours, 3)[-1]  # and half a packet that is never sent
    ours.update(agreed(direction=Direction.INACTIVE))
    packets(ours, 5)
    ours.update(agreed())
    after = packets(ours, 2)[0]
    assert (after.sequence - before.sequence) % 65536 == 1
    assert (after.timestamp - before.timestamp) % 2**32 == 8 * 80


def test_a_change_of_codec_goes_on_without_a_gap() -> None:
    ours = sender()
    first = packets(ours, 3)[-1]
    ours.update(agreed(codec=g711.PCMA, payload_type=8))
    second = packets(ours, 1)[-1]
    assert (second.payload_type, second.payload) == (8, b"\xd5" * 160)
    assert (second.timestamp - first.timestamp) % 2**32 == 160


@pytest.mark.parametrize("frames", range(6))
@pytest.mark.parametrize("ptime_ms", [10, 20, 60])
def test_a_change_of_packet_length_keeps_the_time(frames: int, ptime_ms: int) -> None:
    ours = sender(ptime_ms=60)
    packets(ours, frames)
    ours.update(agreed(ptime_ms=ptime_ms))
    made = packets(ours, 12 - frames)
    left = 12 * 80 - sum(len(p.payload) for p in made)
    last = made[-1]
    end = (last.timestamp + len(last.payload) - 0xFFFF_FFF0) % 2**32
    assert end % 80 == 0
    assert 12 * 80 - end < ptime_ms * 8
    assert left >= 0


def test_an_event_takes_the_place_of_sound_with_one_time_stamp_and_one_marker() -> None:
    """RFC 4733 §2.5.1.2."""
    ours = sender()
    before = packets(ours, 2)
    ours.queue_event([b"a", b"b", b"c"], 101)
    made = packets(ours, 10)
    assert [p.payload_type for p in made] == [101, 101, 101, 0, 0]
    assert [p.payload for p in made[:3]] == [b"a", b"b", b"c"]
    assert [p.marker for p in made] == [True, False, False, False, False]
    start = (before[0].timestamp + 160) % 2**32
    assert [p.timestamp for p in made[:3]] == [start] * 3
    assert made[3].timestamp == (start + 3 * 160) % 2**32


def test_events_are_sent_one_after_another() -> None:
    ours = sender()
    ours.queue_event([b"1", b"1"], 101)
    ours.queue_event([b"2", b"2"], 101)
    made = packets(ours, 8)
    assert [p.payload for p in made] == [b"1", b"1", b"2", b"2"]
    assert [p.marker for p in made] == [True, False, True, False]
    assert made[2].timestamp != made[0].timestamp


def test_events_are_dropped_when_the_queue_is_full_or_we_do_not_send() -> None:
    ours = sender()
    for _ in range(LONGEST_EVENT_QUEUE + 3):
        ours.queue_event([b"x"], 101)
    ours.queue_event([], 101)
    made = packets(ours, 2 * LONGEST_EVENT_QUEUE + 20)
    assert sum(p.payload_type == 101 for p in made) == LONGEST_EVENT_QUEUE
    held = sender(direction=Direction.RECVONLY)
    held.queue_event([b"x"], 101)
    held.update(agreed())
    assert packets(held, 2)[0].payload_type == 0


def test_a_hold_ends_an_event_for_good() -> None:
    ours = sender()
    ours.queue_event([b"x"] * 5, 101)
    packets(ours, 4)
    ours.update(agreed(direction=Direction.RECVONLY))
    ours.update(agreed())
    assert packets(ours, 2)[0].payload_type == 0


def test_the_time_of_a_report_is_that_of_the_sound_being_captured() -> None:
    """RFC 3550 §6.4.1: the RTP time stamp belongs to the same instant as the NTP one."""
    ours = sender()
    packets(ours, 3)  # the last one at 0.02 s
    assert ours.timestamp_at(0.02) == (0xFFFF_FFF0 + 240) % 2**32
    assert ours.timestamp_at(0.03) == (0xFFFF_FFF0 + 320) % 2**32
