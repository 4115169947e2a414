"""Text that is spoken, with the program that speaks and without a sound engine."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conf.settings import Settings
from conf.validation.problem import BadSettings
from conf.validation.validate import validate
from media.clips.loudness import loudness_of
from media.engine.commands import EngineCommand, PlayClip
from media.engine.events import ClipEnd, ClipFinished
from media.speech.errors import SpeechFailed, SpeechMissing, UnknownVoice
from speaker.change import Change
from speaker.events import Bus, Event, Happening
from speaker.sound.clip_player import ClipPlayer
from speaker.sound.clips import ClipLibrary
from speaker.sound.speech import (
    KEPT_BYTES,
    MOST_SPEECHES,
    MOST_WAITING,
    Speech,
    SpeechBusy,
    SpeechStopped,
    Spoken,
    TooManySpeeches,
)
from tests.speaker.sound.no_cache import NO_CACHE

HELLO = Spoken(text="Hello.")


class Desk:
    """Speech whose sound engine keeps what it is told."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.commands: list[EngineCommand] = []
        self.told: list[Event] = []
        self.bus = Bus()
        self.bus.listen(self.told.append)
        self.player = ClipPlayer(ClipLibrary(Path("/nonexistent"), NO_CACHE), self, self.bus)
        self.speech = Speech(self.player, lambda: self.settings, self.turn)

    @contextmanager
    def turn(self) -> Iterator[float]:
        yield 0.0

    def submit(self, command: EngineCommand) -> None:
        self.commands.append(command)

    async def played(self, wanted: Spoken) -> PlayClip:
        await self.speech.speak(wanted)
        command = self.commands.pop()
        assert isinstance(command, PlayClip)
        self.player.on_finished(ClipFinished(command.clip, ClipEnd.PLAYED))
        return command


async def test_a_text_is_as_loud_as_clips_of_one_loudness_and_as_much_louder_as_is_asked() -> None:
    desk = Desk(validate({"audio": {"clip_loudness_lufs": -27.0}}))
    played = await desk.played(Spoken(text="Hello.", gain_db=-3.0, repeat=2))
    loudness = loudness_of(played.samples).integrated_lufs
    assert loudness + played.gain_db == pytest.approx(-30.0, abs=0.1)
    assert played.repeat == 2


async def test_speech_goes_by_the_name_speech() -> None:
    desk = Desk()
    clip = await desk.speech.speak(HELLO)
    assert clip.startswith("speech/")
    assert desk.bus.value("audio.clip_playing") is True
    desk.player.on_finished(ClipFinished(clip, ClipEnd.PLAYED))
    assert Happening("clip.finished", {"clip": "speech", "completed": True}) in desk.told


async def test_what_is_set_counts_for_the_next_text() -> None:
    desk = Desk()
    plain = await desk.played(HELLO)
    for change in ({"speed_wpm": 300}, {"pitch": 90}, {"voice": "de"}):
        desk.settings = validate({"speech": change})
        other = await desk.played(HELLO)
        assert other.samples.tobytes() != plain.samples.tobytes(), change
    asked = await desk.played(Spoken(text="Hello.", voice="en-gb"))
    assert asked.samples.tobytes() == plain.samples.tobytes(), "who asks for a voice has it"


async def test_what_is_said_again_is_not_made_again_until_much_else_was_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    first = (await desk.played(HELLO)).samples
    assert (await desk.played(HELLO)).samples is first
    both = await asyncio.gather(*(desk.speech.speak(Spoken(text="Both.")) for _ in range(2)))
    assert len({*both}) == 2
    one, other = desk.commands
    assert isinstance(one, PlayClip)
    assert isinstance(other, PlayClip)
    assert one.samples is other.samples
    long = await desk.played(Spoken(text="Attention please. " * 55))
    assert 60 * 48000 < long.samples.size < KEPT_BYTES / 4
    assert (await desk.played(HELLO)).samples is first
    assert (await desk.played(Spoken(text="Attention, please. " * 36))).samples.size > 20 * 48000
    monkeypatch.setenv("PATH", "/nonexistent")
    assert (await desk.played(HELLO)).samples is first
    with pytest.raises(SpeechMissing):
        await desk.played(Spoken(text="Attention please. " * 55))


async def test_a_stop_counts_for_what_has_not_begun_yet() -> None:
    desk = Desk()
    for name in (None, "speech"):
        task = asyncio.create_task(desk.speech.speak(Spoken(text=f"Stopped by {name}.")))
        await asyncio.sleep(0)
        desk.player.stop_named(name)
        with pytest.raises(SpeechStopped):
            await task
    task = asyncio.create_task(desk.speech.speak(Spoken(text="Another.")))
    await asyncio.sleep(0)
    desk.player.stop_named("gong")
    assert await task


async def test_texts_that_wait_and_those_that_are_spoken_are_bounded() -> None:
    desk = Desk()
    results = await asyncio.gather(
        *(desk.speech.speak(Spoken(text=f"Number {i}.")) for i in range(MOST_WAITING + 2)),
        return_exceptions=True,
    )
    assert [type(each) for each in results[MOST_WAITING:]] == [SpeechBusy] * 2
    assert len(desk.commands) == MOST_SPEECHES
    with pytest.raises(TooManySpeeches, match=str(MOST_SPEECHES)):
        await desk.speech.speak(HELLO)


async def test_a_device_that_stops_waits_for_no_text() -> None:
    desk = Desk()
    complaints: list[str] = []
    desk.speech.speak_soon(HELLO, complaints.append)
    desk.speech.speak_soon(Spoken(text="Another."), complaints.append)
    await asyncio.sleep(0)
    await desk.speech.close()
    assert len(complaints) + len(desk.commands) == 2
    assert "the speaker stops" in complaints[-1]
    with pytest.raises(SpeechFailed):
        await desk.speech.speak(Spoken(text="Another one."))


async def test_a_voice_that_is_not_there_is_named() -> None:
    desk = Desk()
    for voice in ("tlh", "en-gb+nobody"):
        with pytest.raises(UnknownVoice):
            await desk.speech.speak(Spoken(text="Hello.", voice=voice))
    assert await desk.speech.speak(Spoken(text="Hello.", voice="EN-GB+F3".lower()))


RULE = {
    "name": "r",
    "conditions": [{"event": "manual.trigger"}],
    "action": [{"type": "stop_clip"}, {"type": "speak", "text": "Hello.", "voice": "en+nobody"}],
}


@pytest.mark.parametrize(
    ("tables", "key"),
    [
        ({"speech": {"voice": "tlh"}}, "speech.voice"),
        ({"rules": [RULE]}, "rules[0].action[1].voice"),
    ],
)
async def test_settings_with_a_voice_that_is_not_there_are_refused_but_keep_no_device_from_starting(
    tables: dict[str, object], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, new = Desk(), validate(tables)
    with pytest.raises(BadSettings) as refused:
        await desk.speech.prepare(Change(Settings(), new, asyncio.to_thread))
    assert [problem.key for problem in refused.value.problems] == [key]
    await desk.speech.prepare(Change(None, new, asyncio.to_thread))
    await desk.speech.prepare(Change(new, new, asyncio.to_thread))
    monkeypatch.setenv("PATH", "/nonexistent")
    await desk.speech.prepare(Change(Settings(), new, asyncio.to_thread))
