"""A text is heard as the program that speaks says it, and as loud as clips are."""

import asyncio
import subprocess
from pathlib import Path

import pyloudnorm
import pytest

from tests.interop.comparison import Match, find_speech
from tests.interop.sound_file import Sound, read_sound
from tests.speaker.running import Running, running

pytestmark = pytest.mark.hears

TEXT = "The library closes in ten minutes."
OTHER = "Your train leaves from platform four."
LOUDNESS_LUFS = -26.0
"""So low that peaks do not matter."""

LONGEST_TEXT_S = 20.0
LOOK_EVERY_S = 0.2
LONGEST_START_S = 1.0
"""From the request to the first sound, on a busy machine; docs/performance.md has the figure."""


def said(text: str, path: Path, *options: str) -> Sound:
    """What the program says, without the speaker, at the loudness that is set."""
    subprocess.run(["espeak-ng", *options, "-w", str(path), text], check=True)
    spoken = read_sound(path)
    loudness = pyloudnorm.Meter(spoken.rate_hz).integrated_loudness(spoken.samples)
    return Sound(spoken.samples * 10 ** ((LOUDNESS_LUFS - loudness) / 20), spoken.rate_hz)


async def spoken(speaker: Running, played: Path, **body: object) -> Sound:
    """What the loudspeaker plays from the request on."""
    begins_s = read_sound(played).duration_s
    async with speaker.http() as http:
        answer = await http.post("/api/v1/speak", json=body)
        assert answer.status_code == 200, answer.text
        for _ in range(round(LONGEST_TEXT_S / LOOK_EVERY_S)):
            if '"clips":"speech"' not in (await http.get("/api/v1/state")).text:
                break
            await asyncio.sleep(LOOK_EVERY_S)
    heard = read_sound(played)
    return heard.between(begins_s, heard.duration_s)


async def test_the_loudspeaker_says_what_the_program_says(tmp_path: Path) -> None:
    played = tmp_path / "played.wav"
    english = ("-v", "en-gb", "-s", "160")
    level = ("--set", f"audio.clip_loudness_lufs={LOUDNESS_LUFS}")
    async with running(tmp_path / "data", "--output", f"wav:{played}", *level) as speaker:
        heard = await spoken(speaker, played, text=TEXT)
        match = find_speech(said(TEXT, tmp_path / "a.wav", *english), heard)
        assert match.faithful, match
        assert first_sound_s(match, tmp_path / "a.wav") < LONGEST_START_S
        other = find_speech(said(OTHER, tmp_path / "b.wav", *english), heard)
        assert other.correlation < 0.5, "other words are other words"
        german = await spoken(speaker, played, text="Guten Tag, meine Damen.", voice="de+f3")
        wanted = said("Guten Tag, meine Damen.", tmp_path / "c.wav", "-v", "de+f3", "-s", "160")
        assert find_speech(wanted, german).faithful
        assert not find_speech(wanted, heard).faithful


def first_sound_s(match: Match, path: Path) -> float:
    """When the first word of a file was heard in what it was found in."""
    samples = abs(read_sound(path).samples)
    loud = (samples > 0.02).nonzero()[0]
    return match.offset_s + float(loud[0]) / read_sound(path).rate_hz
