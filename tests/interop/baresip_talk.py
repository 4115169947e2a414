"""A talk between baresip and the speaker, and what both ends heard of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.interop.comparison import resampled
from tests.interop.passing_time import let_talk
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import Sound, write_sound
from tests.interop.speech import Sentence


@dataclass(frozen=True, slots=True)
class Talk:
    """One that was hung up by baresip."""

    call: dict[str, Any]
    """What the speaker's state said of it while it lasted."""
    report: dict[str, Any]
    played: Sound
    """In the speaker's room."""
    heard: Sound
    """By who has baresip at the ear."""


def talk_with_baresip(
    folder: Path,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    *,
    codec: str,
    name: str,
    rate_hz: int,
    ptime_ms: int = 20,
    speaker_calls: bool = False,
) -> Talk:
    """Both speak for so long; `codec` is the speaker's word for it and `name` baresip's."""
    voice = folder / "voice.wav"
    write_sound(voice, Sound(resampled(callers_words.sound, rate_hz), rate_hz))
    setting = f'sip.codecs=["{codec}"]'
    with (
        Speaker(folder / "speaker", setting, microphone=room_words.path) as speaker,
        Baresip(
            folder / "baresip", voice, codec=name, rate_hz=rate_hz, ptime_ms=ptime_ms
        ) as baresip,
    ):
        if speaker_calls:
            speaker.call(baresip.uri)
        else:
            baresip.call(speaker.uri)
        baresip.wait_until_talking()
        (call,) = speaker.state()["calls"]
        let_talk(talk_s)
        baresip.hang_up()
        speaker.wait_for_calls()
        return Talk(call, speaker.only_report(), speaker.played(), baresip.heard())
