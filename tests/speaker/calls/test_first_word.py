"""The first word: sound that begins with the answer is played from its first sample on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray
from media.mixing.limiter import DELAY_SAMPLES
from media.sdp.negotiation import Capabilities, make_offer
from media.sdp.session_description import Origin
from tests.media.lost_start import band_noise, lost_ms
from tests.speaker.stage import Stage


@dataclass
class Word:
    """Says the noise once, from the first time it is asked; then it is silent."""

    sound: FloatArray
    said: int = 0

    def frame(self) -> FloatArray:
        frame = np.zeros(FRAME_SAMPLES, dtype=np.float32)
        piece = self.sound[self.said : self.said + FRAME_SAMPLES]
        frame[: piece.size] = piece
        self.said += FRAME_SAMPLES
        return frame


def run_until_answered(stage: Stage) -> None:
    for _ in range(100):
        if stage.state() == "talking":
            return
        stage.run(0.01)
    raise AssertionError("the call is not answered")


ANNOUNCED: Mapping[str, object] = {"announcement": {"clip": "beep"}}
EARLY = {"announcement": {"clip": "beep", "ringback_while_playing": False}}
NOTHING = np.zeros(0, dtype=np.float32)


@pytest.mark.parametrize("codec", ["PCMU", "PCMA", "G722", "L16/16000", "opus"])
@pytest.mark.parametrize("settings", [{}, ANNOUNCED], ids=["at once", "announced"])
def test_the_callers_first_word_is_whole_when_it_begins_with_the_answer(
    settings: Mapping[str, object], codec: str
) -> None:
    stage = Stage({**settings, "sip": {"codecs": [codec]}})
    wanted = Capabilities(codecs=(codec,))
    stage.offer = make_offer(wanted, stage.phone.host, 6000, origin=Origin(1, 1, stage.phone.host))
    word = band_noise(1)
    stage.phone_voice = Word(word)
    stage.call()
    stage.run(1.0)
    kept = 0.5 if codec == "opus" else 0.85
    assert lost_ms(word, np.concatenate(stage.room.played), likeness_kept=kept) == 0


def test_the_first_word_is_whole_behind_an_announcement_that_the_caller_hears() -> None:
    """The phone sends from the 183 on, silence at first."""
    stage = Stage(EARLY)
    word = band_noise(1)
    stage.phone_voice = Word(NOTHING)
    stage.call()
    run_until_answered(stage)
    stage.phone_voice = Word(word)
    stage.run(1.0)
    assert lost_ms(word, np.concatenate(stage.room.played)) == 0


def test_the_tone_before_the_answer_has_ended_when_the_first_word_begins() -> None:
    stage = Stage(ANNOUNCED)
    stage.phone_voice = Word(band_noise(1))
    stage.call()
    run_until_answered(stage)
    beeps = len(stage.room.played)
    before = np.concatenate(stage.room.played)
    (heard,) = np.nonzero(np.abs(before) > 1e-4)
    length_s = (heard[-1] - heard[0]) / RATE_HZ
    assert length_s == pytest.approx(0.2, abs=0.002), "the beep was cut"
    stage.run(0.3)
    after = np.concatenate(stage.room.played[beeps:])
    assert not np.any(np.abs(after[DELAY_SAMPLES : RATE_HZ // 200]) > 1e-3), "they overlap"
    assert np.abs(after).max() > 0.1, "no word came"


@pytest.mark.parametrize("settings", [{}, ANNOUNCED, EARLY], ids=["at once", "ringback", "early"])
def test_our_own_first_word_reaches_the_caller_whole(settings: Mapping[str, object]) -> None:
    stage = Stage(settings)
    word = band_noise(2)
    stage.speaks = False
    stage.room.voice = Word(NOTHING)
    stage.phone.call(stage.pair.bob, stage.offer)
    run_until_answered(stage)
    stage.room.voice = Word(word)
    stage.run(1.0)
    assert lost_ms(word, np.concatenate(stage.heard)) == 0


@pytest.mark.parametrize("codec", ["PCMU", "G722"])
def test_the_last_word_of_a_caller_that_hangs_up_behind_it_is_whole(codec: str) -> None:
    stage = Stage({"sip": {"codecs": [codec]}})
    wanted = Capabilities(codecs=(codec,))
    stage.offer = make_offer(wanted, stage.phone.host, 6000, origin=Origin(1, 1, stage.phone.host))
    stage.call()
    word = band_noise(4)
    said = Word(word)
    stage.phone_voice = said
    while said.said < word.size:
        stage.run(0.01)
    stage.run(0.01)  # a packet is full every other time
    stage.phone.hang_up()
    stage.run(0.5)
    assert stage.state() == "idle"
    assert lost_ms(word[::-1], np.concatenate(stage.room.played)[::-1]) == 0


def test_a_clip_that_a_rule_starts_before_it_hangs_up_is_played_to_its_end() -> None:
    rule = {
        "name": "farewell",
        "conditions": [{"event": "dtmf.digit", "digit": "1"}],
        "action": [{"type": "play_clip", "clip": "beep"}, {"type": "hang_up"}],
    }
    stage = Stage({"rules": [rule]})
    stage.speaks = False
    stage.call()
    stage.phone.send_info("application/dtmf-relay", b"Signal=1\r\nDuration=160\r\n")
    stage.run(1.0)
    assert stage.state() == "idle"
    (heard,) = np.nonzero(np.abs(np.concatenate(stage.room.played)) > 1e-4)
    assert (heard[-1] - heard[0]) / RATE_HZ == pytest.approx(0.2, abs=0.002)
