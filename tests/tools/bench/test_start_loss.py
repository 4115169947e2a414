"""The bench's judge of first words, on words that lack known parts."""

import numpy as np
import pytest

from tools.bench import g711
from tools.bench.leg import Arrival
from tools.bench.rtp_packet import PACKET_SAMPLES, PCMU, RtpPacket
from tools.bench.shift import noise
from tools.bench.start_loss import start_loss_s

SENT = noise(75, seed=3)


def arrivals(sound: g711.Samples, *, first_timestamp: int = 0xFFFF_FF00) -> list[Arrival]:
    """`sound` in packets whose time stamps are about to wrap."""
    return [
        Arrival(
            number * 0.02,
            RtpPacket(
                PCMU,
                number,
                (first_timestamp + at) & 0xFFFF_FFFF,
                g711.encode(sound[at : at + PACKET_SAMPLES]),
            ),
        )
        for number, at in enumerate(range(0, sound.size - PACKET_SAMPLES, PACKET_SAMPLES))
    ]


def silence(seconds: float) -> g711.Samples:
    return np.zeros(round(seconds * g711.RATE_HZ), dtype=np.float32)


@pytest.mark.parametrize("lag_s", [0.0, 0.0413, 0.1])
@pytest.mark.parametrize("lost_s", [0.0, 0.005, 0.01, 0.035, 0.2])
def test_the_missing_start_is_told_to_5_ms(lost_s: float, lag_s: float) -> None:
    rest = SENT[round(lost_s * g711.RATE_HZ) :]
    heard = np.concatenate([silence(lag_s), rest])
    assert start_loss_s(SENT, arrivals(heard)) == pytest.approx(lost_s, abs=1e-9)


def test_a_start_that_fades_in_counts_as_lost_where_it_is_hardly_there() -> None:
    heard = SENT.copy()
    heard[:160] *= 0.001
    assert start_loss_s(SENT, arrivals(heard)) == pytest.approx(0.02)


def test_packets_that_are_lost_on_the_way_do_not_move_the_rest() -> None:
    came = arrivals(SENT)
    assert start_loss_s(SENT, came[:1] + came[4:]) == 0.0
    assert start_loss_s(SENT, came[2:]) == pytest.approx(0.04)


@pytest.mark.parametrize("heard", [silence(1.5), noise(75, seed=4)], ids=["silence", "others"])
def test_what_was_not_sent_is_not_found(heard: g711.Samples) -> None:
    assert start_loss_s(SENT, arrivals(heard)) is None
    assert start_loss_s(SENT, []) is None
