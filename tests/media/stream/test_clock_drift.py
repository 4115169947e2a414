"""An hour of a sender whose clock is off by 200 ppm: what two bad crystals add up to."""

from __future__ import annotations

import numpy as np
import pytest

from media.codecs import g711
from media.frame import FRAME_SAMPLES, TICK_S
from media.playout.jitter_buffer import JitterBuffer, MediaPacket
from media.playout.playout import Playout
from media.resampling.whole_factor import Upsampler
from tests.media.synthetic_voice import voice

PTIME_S = 0.060
UNITS = 480
HOUR_S = 3600
VOICE = voice(8000, 6.0)
BATCH = 1000


@pytest.mark.parametrize("ppm", [200, -200])
def test_for_an_hour_of_drift_the_delay_stays_and_nothing_is_lost_nor_clicks(ppm: int) -> None:
    """It adds up to 720 ms, which are left out or put in by pieces that nobody hears."""
    encoder = g711.PCMU.encoder("")
    payloads = [encoder.encode(VOICE[at : at + UNITS]) for at in range(0, VOICE.size, UNITS)]
    buffer = JitterBuffer(8000)
    playout = Playout(buffer)
    between = PTIME_S / (1 + ppm * 1e-6)
    frames = np.zeros((BATCH, FRAME_SAMPLES), dtype=np.float32)
    delays, steepest, number = [], 0.0, 0
    for tick in range(round(HOUR_S / TICK_S)):
        now = 0.0033 + tick * TICK_S
        while number * between <= now:
            payload = payloads[number % len(payloads)]
            buffer.put(
                MediaPacket(number, number * UNITS, UNITS, g711.PCMU, payload, number * between)
            )
            number += 1
        frame = playout.frame(now)
        assert frame is not None or tick < 5
        frames[tick % BATCH] = 0.0 if frame is None else frame
        if tick % BATCH == BATCH - 1:
            steepest = max(steepest, float(np.abs(np.diff(frames.reshape(-1))).max()))
            delays.append(buffer.delay_s * 1000)
    left_out_ms = (playout.left_out_s - playout.put_in_s) * 1000
    assert left_out_ms == pytest.approx(HOUR_S * ppm * 1e-3, abs=25)
    assert playout.left_out_s + playout.put_in_s <= 0.001 * abs(left_out_ms) + 0.04
    assert playout.concealed_samples == 0
    assert buffer.skipped == 0
    assert max(delays) < 30
    assert abs(np.mean(delays[-20:]) - np.mean(delays[:20])) < 8
    assert steepest < 1.05 * float(np.abs(np.diff(Upsampler(6).resample(VOICE))).max())
