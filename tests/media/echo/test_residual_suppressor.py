"""What is done about the echo that the filter left."""

import numpy as np
import pytest

from media.echo.reference import UPPER_BANDS
from media.echo.residual_suppressor import ResidualSuppressor
from media.echo.spectrum import CANCELLED_BINS
from media.frame import FRAME_SAMPLES, RATE_HZ, silence

NOTHING_UNKNOWN = np.zeros(CANCELLED_BINS, dtype=np.float32)
NOTHING_ABOVE = np.zeros(UPPER_BANDS, dtype=np.float32)


def test_there_is_no_seam_where_the_loudspeaker_begins_and_ends() -> None:
    suppressor = ResidualSuppressor()
    time_s = np.arange(40 * FRAME_SAMPLES) / RATE_HZ
    tone = (0.1 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)
    out = []
    for number, block in enumerate(tone.reshape(-1, FRAME_SAMPLES)):
        if 10 <= number < 25:
            out.append(
                suppressor.suppress(
                    block, silence(), NOTHING_UNKNOWN, NOTHING_ABOVE, 0.0, is_lost=False
                )
            )
        else:
            out.append(suppressor.pass_on(block))
    heard = np.concatenate(out)
    assert heard[FRAME_SAMPLES:] == pytest.approx(tone[:-FRAME_SAMPLES], abs=0.002)
