"""Tones that are made once, and heard by everybody."""

import numpy as np
import pytest

from media.clips.built_in import built_in_tone, facts_of_tone
from media.clips.facts import facts_of
from media.clips.tone_set import TONES


def test_what_is_told_of_a_tone_is_measured_of_what_is_heard() -> None:
    tone = built_in_tone("beep")
    assert np.array_equal(tone.samples, TONES["beep"]())
    assert tone.facts == facts_of_tone("beep") == facts_of(tone.samples)


def test_nobody_changes_what_others_hear() -> None:
    with pytest.raises(ValueError, match="read-only"):
        built_in_tone("beep").samples[0] = 1.0
