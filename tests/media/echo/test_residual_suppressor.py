"""What is done about the echo that the filter left."""

import numpy as np
import pytest

from media.echo.analysis import Analysis
from media.echo.reference import UPPER_BANDS
from media.echo.residual_suppressor import ResidualSuppressor
from media.echo.spectrum import BLOCK, CANCELLED_BINS
from media.frame import RATE_HZ, silence

NOTHING_UNKNOWN = np.zeros(CANCELLED_BINS, dtype=np.float32)
NOTHING_ABOVE = np.zeros(UPPER_BANDS, dtype=np.float32)


def test_there_is_no_seam_where_the_loudspeaker_begins_and_ends() -> None:
    analysis, suppressor = Analysis(), ResidualSuppressor()
    time_s = np.arange(40 * BLOCK) / RATE_HZ
    tone = (0.1 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)
    out = []
    for number, block in enumerate(tone.reshape(-1, BLOCK)):
        if 10 <= number < 25:
            spectra = analysis.take(silence(BLOCK), block)[1:]
            out.append(
                suppressor.suppress(spectra, NOTHING_UNKNOWN, NOTHING_ABOVE, 0.0, is_lost=False)
            )
        else:
            out.append(suppressor.pass_on(analysis.pass_by(block), block))
    heard = np.concatenate(out)
    assert heard[BLOCK:] == pytest.approx(tone[:-BLOCK], abs=0.002)
