"""The delay of a stream is found by content, packet by packet."""

import numpy as np
import pytest

from tools.bench import g711
from tools.bench.leg import Arrival
from tools.bench.rtp_packet import PACKET_S, PACKET_SAMPLES, RtpPacket
from tools.bench.shift import measure_shift, noise

PACKETS = 60
SENT = noise(PACKETS, seed=7)
START = 1000.0
DEPARTURES = [START + number * PACKET_S for number in range(PACKETS)]


def arrivals(delay_s: float, lag: int, sound: g711.Samples = SENT) -> list[Arrival]:
    """What a device sends that answers each packet after `delay_s` with sound `lag` samples old."""
    late = np.concatenate([np.zeros(lag, np.float32), sound])
    return [
        Arrival(
            departure + delay_s,
            RtpPacket(0, number, 0, g711.encode(late[at : at + PACKET_SAMPLES])),
        )
        for number, departure in enumerate(DEPARTURES)
        for at in [number * PACKET_SAMPLES]
    ]


def test_a_reflector_has_no_delay() -> None:
    """However long the packets are: the shift counts, not the time to fill a packet."""
    shift = measure_shift(SENT, DEPARTURES, arrivals(0.0, lag=0))
    assert shift.heard == PACKETS
    assert shift.delays_s == pytest.approx([0.0] * PACKETS, abs=1e-6)


@pytest.mark.parametrize(
    ("delay_s", "lag", "total_s"),
    [
        (0.003, 0, 0.003),
        (0.0, 160, 0.02),
        (0.004, 480 + 37, 0.004 + 517 / 8000),
        (0.010, 4000, 0.510),
    ],
)
def test_lateness_of_the_packets_and_of_the_sound_in_them_add_up(
    delay_s: float, lag: int, total_s: float
) -> None:
    shift = measure_shift(SENT, DEPARTURES, arrivals(delay_s, lag))
    assert shift.delays_s == pytest.approx([total_s] * len(shift.delays_s), abs=1e-6)
    assert len(shift.delays_s) >= PACKETS - lag // PACKET_SAMPLES - 1


def test_sound_that_was_never_sent_is_heard_but_not_found() -> None:
    shift = measure_shift(SENT, DEPARTURES, arrivals(0.01, lag=0, sound=noise(PACKETS, seed=8)))
    assert shift.heard == PACKETS
    assert shift.delays_s == ()


def test_silence_is_not_looked_for() -> None:
    silence = np.zeros_like(SENT)
    assert measure_shift(SENT, DEPARTURES, arrivals(0.01, lag=0, sound=silence)).heard == 0


def test_nothing_is_found_before_it_was_sent() -> None:
    """A match in the future would be an accident of the search."""
    early = [Arrival(each.at - 10 * PACKET_S, each.packet) for each in arrivals(0.0, lag=0)]
    assert measure_shift(SENT, DEPARTURES, early).delays_s == ()


def test_what_came_back_in_no_packet_is_missing() -> None:
    """But for the ends, where nobody can tell whether it was lost or the measuring over."""
    came = arrivals(0.01, lag=0)
    shift = measure_shift(SENT, DEPARTURES, came[2:20] + came[23:50])
    assert shift.missing_s == pytest.approx(3 * PACKET_S)
    assert measure_shift(SENT, DEPARTURES, came).missing_s == 0.0
    assert measure_shift(SENT, DEPARTURES, []).missing_s == 0.0
