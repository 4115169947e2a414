"""Text that is spoken on the loudspeaker."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog

from conf.validation.problem import BadSettings, Problem, shown
from media.clips.clip import RESIDENT_S
from media.clips.loudness import Loudness, loudness_of
from media.frame import RATE_HZ
from media.speech.errors import SpeechError, SpeechFailed, UnknownVoice
from media.speech.synthesis import Utterance, synthesize
from media.speech.voices import list_voices
from speaker.change import NOTHING
from speaker.sound.clip_player import TooManyClips
from speaker.sound.clips import Clip
from speaker.sound.priorities import ANNOUNCEMENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractContextManager

    from conf.settings import Settings
    from media.engine.arbiter import Placement
    from media.engine.events import ClipId
    from media.frame import FloatArray
    from media.speech.voices import Voices
    from speaker.change import Change, Prepared
    from speaker.sound.clip_player import ClipPlayer

NAME: Final = "speech"
"""What a spoken text is called where clips have names: in events, and by who stops it."""

MOST_WAITING: Final = 8
"""Texts that wait for the program, which makes the sound of one at a time."""

MOST_SPEECHES: Final = 8
"""Texts that are spoken, or wait for the loudspeaker: each may hold 11 MB of memory."""

KEPT_BYTES: Final = 16_000_000
"""Of sound, so that what is said again begins at once: some eighty seconds."""

MOST_KNOWN_VOICES: Final = 64

log = structlog.get_logger(__name__)


class SpeechBusy(Exception):
    """Too many texts wait for the program; the same will do later."""


class SpeechStopped(Exception):
    """Somebody has stopped it before it began."""


class TooManySpeeches(Exception):
    """The message says how many texts are being spoken."""


CANNOT_SPEAK: Final = (SpeechError, SpeechBusy, SpeechStopped, TooManySpeeches, TooManyClips)
"""What `speak` may raise; none of it is a reason not to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A text that is to be spoken, and how."""

    text: str
    voice: str = ""
    """Empty: as set."""
    gain_db: float = 0.0
    """On top of the loudness of clips."""
    repeat: int = 0
    """How many more times; -1: until it is stopped."""
    placement: Placement = ANNOUNCEMENT


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    samples: FloatArray
    loudness: Loudness


class Speech:
    """Speaks texts. Used on the main loop, which never waits for the program."""

    def __init__(
        self,
        player: ClipPlayer,
        settings: Callable[[], Settings],
        turn: Callable[[], AbstractContextManager[float]],
    ) -> None:
        """`settings` are those of now; `turn` lets something into the device."""
        self._player = player
        self._settings = settings
        self._turn = turn
        self._one_at_a_time = asyncio.Lock()
        self._waiting = 0
        self._kept: OrderedDict[Utterance, _Made] = OrderedDict()
        self._known = {"en-gb": "en-gb"}  # the default, which it finds by its language
        self._soon: set[asyncio.Task[None]] = set()
        self._given_up = threading.Event()

    async def speak(self, wanted: Spoken) -> ClipId:
        """Speak a text; returns when it is heard, or waits for its turn.

        Raises:
            SpeechError: it cannot be spoken, or not by this voice.
            SpeechBusy: too many texts wait for the program.
            SpeechStopped: somebody has stopped it before it began.
            TooManySpeeches: as many texts are spoken as may be.
            TooManyClips: the engine plays as many as it can.
        """
        self._refuse_more()
        with self._player.coming(NAME) as coming:
            made = await self._made(wanted)
        if coming.is_stopped:
            raise SpeechStopped("it was stopped before it began")
        self._refuse_more()
        target_lufs = self._settings().audio.clip_loudness_lufs
        sound = Clip(made.samples, made.loudness.gain_db(target_lufs))
        with self._turn():
            return self._player.start(
                NAME, sound, wanted.placement, gain_db=wanted.gain_db, repeat=wanted.repeat
            )

    def speak_soon(self, wanted: Spoken, complain: Callable[[str], None]) -> None:
        """The same for those who do not wait; `complain` hears why it cannot be done."""
        task = asyncio.create_task(self._speak_or(wanted, complain))
        self._soon.add(task)
        task.add_done_callback(self._soon.discard)

    async def _speak_or(self, wanted: Spoken, complain: Callable[[str], None]) -> None:
        try:
            await self.speak(wanted)
        except CANNOT_SPEAK as error:
            complain(str(error))

    async def voices(self) -> Voices:
        """All that there are.

        Raises:
            SpeechError: the program is not installed, or fails.
            SpeechBusy: as of `speak`.
        """
        async with self._program():
            return await asyncio.to_thread(list_voices)

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`. Nothing is opened: the settings are looked at when text is spoken.

        A voice that is not there, or is not there any more, keeps no device from starting.
        """
        before = set() if change.old is None else {voice for _, voice in _voices_of(change.old)}
        wanted = {
            key: voice
            for key, voice in _voices_of(change.new)
            if voice not in before and voice.lower() not in self._known
        }
        if not wanted:
            return NOTHING
        try:
            voices = await change.off_loop(list_voices)
        except SpeechError as error:
            log.warning("voices of the settings cannot be looked up", why=str(error))
            return NOTHING
        problems = []
        for key, voice in wanted.items():
            try:
                voices.find(voice)
            except UnknownVoice as error:
                problems.append(Problem(key, shown(voice), f"is no voice: {error}"))
        if problems and change.old is not None:
            raise BadSettings(problems)
        for problem in problems:
            log.warning("a setting names a voice that is not there", key=problem.key)
        return NOTHING

    def give_up(self) -> None:
        """Make no more sound of texts."""
        self._given_up.set()

    async def close(self) -> None:
        """Return when nothing is being made any more."""
        self.give_up()
        await asyncio.gather(*self._soon)

    def _refuse_more(self) -> None:
        count = self._player.count(NAME)
        if count >= MOST_SPEECHES:
            raise TooManySpeeches(f"{count} texts are being spoken already, or wait for it")

    async def _made(self, wanted: Spoken) -> _Made:
        speech = self._settings().speech
        voice = await self._voice(wanted.voice or speech.voice)
        utterance = Utterance(wanted.text, voice, speech.speed_wpm, speech.pitch)
        made = self._found(utterance)
        if made is None:
            async with self._program():
                made = self._found(utterance)  # two may want the same
                if made is None:
                    made = await asyncio.to_thread(_make, utterance, self._given_up.is_set)
                    self._keep(utterance, made)
        return made

    @asynccontextmanager
    async def _program(self) -> AsyncIterator[None]:
        """Around its use: it speaks one text at a time."""
        if self._waiting >= MOST_WAITING:
            raise SpeechBusy(f"{self._waiting} texts wait for the program that speaks")
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                if self._given_up.is_set():
                    raise SpeechFailed("the speaker stops")
                yield
        finally:
            self._waiting -= 1

    def _found(self, utterance: Utterance) -> _Made | None:
        made = self._kept.get(utterance)
        if made is not None:
            self._kept.move_to_end(utterance)
        return made

    def _keep(self, utterance: Utterance, made: _Made) -> None:
        """For the next time, as far as there is room; what was said longest ago goes first."""
        if made.samples.nbytes > KEPT_BYTES:
            return
        self._kept[utterance] = made
        total = sum(each.samples.nbytes for each in self._kept.values())
        while total > KEPT_BYTES:
            _, gone = self._kept.popitem(last=False)
            total -= gone.samples.nbytes

    async def _voice(self, asked: str) -> str:
        """What the program calls a voice. It takes a variant that it does not know for none."""
        known = self._known.get(asked.lower())
        if known is None:
            known = (await self.voices()).find(asked)
            if len(self._known) < MOST_KNOWN_VOICES:
                self._known[asked.lower()] = known
        return known


def _make(utterance: Utterance, is_given_up: Callable[[], bool]) -> _Made:
    """On a thread of its own."""
    samples = synthesize(utterance, is_given_up=is_given_up)
    loudness = loudness_of(samples)
    if samples.size > RESIDENT_S * RATE_HZ:
        try:
            samples = _on_disk(samples)
        except OSError as error:
            raise SpeechFailed(f"there is no room for it: {error.strerror or error}") from error
    return _Made(samples, loudness)


def _on_disk(samples: FloatArray) -> FloatArray:
    with tempfile.TemporaryFile() as file:
        samples.tofile(file)
        return np.asarray(np.memmap(file, dtype=np.float32, mode="r"))


def _voices_of(settings: Settings) -> Iterator[tuple[str, str]]:
    """The voices that settings name, by the keys."""
    yield "speech.voice", settings.speech.voice
    for number, rule in enumerate(settings.rules):
        for place, action in enumerate(rule.action):
            if action.type == "speak" and action.voice:
                yield f"rules[{number}].action[{place}].voice", action.voice
