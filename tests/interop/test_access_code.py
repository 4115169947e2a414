"""Telephones that are answered, but heard only once their callers have keyed the access code."""

from pathlib import Path

import numpy as np
import pytest

from tests.interop.passing_time import let_talk
from tests.interop.peers.speaker import Speaker
from tests.interop.peers.telephone import TelephoneMaker
from tests.interop.sound_file import Sound
from tests.interop.speech import Sentence

ASKS_FOR_CODE = """
[[sip.accounts]]
id = "door"
default = true
answer_access_code = "4711"
"""


AUDIBLE = 0.1
"""Of full scale: speech is above it, what G.711 makes of silence far below."""


def loudest(sound: Sound) -> float:
    """The highest sample, of 1."""
    return float(np.max(np.abs(sound.samples), initial=0.0))


# Not a wrong code: linphone records the tones of the keys that it sends.
@pytest.mark.parametrize("keys", ["4711", ""])
def test_a_telephone_is_answered_but_nobody_is_heard_before_the_code(
    tmp_path: Path,
    new_telephone: TelephoneMaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    keys: str,
) -> None:
    is_right = keys == "4711"
    with Speaker(tmp_path / "speaker", config=ASKS_FOR_CODE, microphone=room_words.path) as speaker:
        with new_telephone(tmp_path / "telephone", callers_words.path) as telephone:
            telephone.call(speaker.uri)
            telephone.wait_until_talking()
            let_talk(talk_s)
            assert loudest(speaker.played()) == 0
            telephone.press(keys)
            speaker.wait_for_calls("talking" if is_right else "ringing")
            let_talk(talk_s)
            telephone.hang_up()
            telephone.wait_until_ended()
            assert (loudest(telephone.heard()) > AUDIBLE) is is_right
        speaker.wait_for_calls()
        assert is_right or loudest(speaker.played()) == 0
        assert "4711" not in speaker.program.err.text
        assert "key pressed" not in speaker.program.err.text
