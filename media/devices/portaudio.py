"""PortAudio, the library under `system`, as far as several streams share it.

It is loaded when the first card is opened and not before, because its start costs 20 MB and a look
at every card. It makes its list of cards then, and only a new start makes a new list. So each
opening starts it anew when no stream is open; and when one is, as while the microphone is missing
and the loudspeaker plays, it does so only if the kernel has cards that are not on the list. The
streams that are open then pause for as long as that takes, a few tenths of a second.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeAlias

from media.devices.card_format import CardFormat, formats
from media.devices.device import SoundDeviceError

Role: TypeAlias = Literal["output", "input"]

KERNEL_CARDS: Final = Path("/proc/asound/cards")

RETRY_S: Final = 3.0

_OTHER_FORMAT_MAY_DO: Final = frozenset({-9997, -9998, -9994})
"""paInvalidSampleRate, paInvalidChannelCount, paSampleFormatNotSupported."""


class NoSoundLibrary(SoundDeviceError):
    """PortAudio is not installed; waiting for it is of no use."""


class Stream(Protocol):
    """A stream of the library."""

    @property
    def latency(self) -> float:
        """Seconds between the callback and the card's connectors, as the library reckons them."""

    def start(self) -> None:
        """Begin to call back."""

    def stop(self) -> None:
        """Play out, then stop calling back."""

    def abort(self) -> None:
        """Stop calling back at once."""

    def close(self) -> None:
        """Give the card back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A sound card, or a way to a sound server, as the library lists it."""

    index: int
    name: str
    """What may be given, in whole or in part, as `system:NAME`."""
    outputs: int
    """Channels that it can play; 0: it is no loudspeaker."""
    inputs: int
    """Channels that it can record; 0: it is no microphone."""
    rate_hz: int
    """Its own favourite."""
    is_default_output: bool
    is_default_input: bool

    def channels(self, role: Role) -> int:
        """How many there are in one direction."""
        return self.outputs if role == "output" else self.inputs

    def is_default(self, role: Role) -> bool:
        """Whether it is taken where no name is given."""
        return self.is_default_output if role == "output" else self.is_default_input


Make: TypeAlias = Callable[[Any, Card, CardFormat, Callable[[], None]], Stream]
"""Makes a stream with the library, for a card and a format; the last is to be called at its end."""


class Lease:
    """A card that somebody has opened, in one direction."""

    def __init__(self, role: Role, name: str, make: Make, on_end: Callable[[], None]) -> None:
        self.role: Final = role
        self.name: Final = name
        self.make: Final = make
        self.stream: Stream | None = None
        self.is_moving = False
        self._on_end = on_end

    def tell_end(self) -> None:
        """The library will not call back any more, unless it was only for a moment."""
        if not self.is_moving:
            self._on_end()

    def __str__(self) -> str:
        return f"{self.role} system{self.name and ':'}{self.name}"


class PortAudio:
    """The library, its list of cards, and the streams that are open. For any thread."""

    def __init__(
        self,
        load: Callable[[], Any],
        kernel_cards: Callable[[], str],
        *,
        retry_s: float = RETRY_S,
    ) -> None:
        """`load` gives the library or raises OSError; `kernel_cards` names what is plugged in."""
        self.retry_s = retry_s
        """How long to wait before a card that is missing is looked for again."""
        self._load = load
        self._kernel_cards = kernel_cards
        self._lock = threading.Lock()
        self._leases: list[Lease] = []
        self._listed: frozenset[str] = frozenset()

    def cards(self) -> list[Card]:
        """All there are now, or were when the first of the open ones was opened.

        Raises:
            NoSoundLibrary: there is no library.
        """
        with self._lock:
            library = self._library("sound cards")
            if not self._leases:
                self._list_anew(library)
            return _cards(library)

    def open(self, role: Role, name: str, make: Make, on_end: Callable[[], None]) -> Lease:
        """Open a card at the first rate and number of channels that it takes, and start it.

        `name` is all or part of a card's, in any case; empty is the default card. `on_end` is
        called, from any thread, when the library has ended the stream.

        Raises:
            NoSoundLibrary: there is no library.
            SoundDeviceError: no such card, or it refuses.
        """
        lease = Lease(role, name, make, on_end)
        with self._lock:
            library = self._library(str(lease))
            if not self._leases:
                self._list_anew(library)
            try:
                lease.stream = _opened(library, lease)
            except SoundDeviceError:
                if not self._leases or self._now_plugged() <= self._listed:
                    raise
                self._list_anew(library)
                lease.stream = _opened(library, lease)
            self._leases.append(lease)
        return lease

    def close(self, lease: Lease, *, play_out: bool) -> None:
        """Close a stream; with `play_out`, after what it holds was heard."""
        with self._lock:
            self._leases.remove(lease)
            stream, lease.stream = lease.stream, None
        if stream is not None:
            _close(stream, play_out=play_out)

    def _library(self, wanted: str) -> Any:
        try:
            return self._load()
        except OSError as problem:
            raise NoSoundLibrary(
                f"{wanted}: the PortAudio library is missing (Debian: libportaudio2)"
            ) from problem

    def _now_plugged(self) -> frozenset[str]:
        return frozenset(self._kernel_cards().splitlines())

    def _list_anew(self, library: Any) -> None:
        for lease in self._leases:
            lease.is_moving = True
            if lease.stream is not None:
                _close(lease.stream, play_out=False)
                lease.stream = None
        self._listed = self._now_plugged()
        # The binding has no other name for it; its author gives these two as the way.
        library._terminate()
        library._initialize()
        for lease in self._leases:
            try:
                lease.stream = _opened(library, lease)
                lease.is_moving = False
            except SoundDeviceError:
                lease.is_moving = False
                lease.tell_end()


def find_card(cards: list[Card], role: Role, name: str) -> Card | None:
    """The card that `system:NAME` means: that of this very name, else the first that contains it.

    Without a name it is the default card of the direction. None: there is none.
    """
    able = [card for card in cards if card.channels(role)]
    if not name:
        return next((card for card in able if card.is_default(role)), None)
    exact = (card for card in able if card.name == name)
    near = (card for card in able if name.casefold() in card.name.casefold())
    return next(exact, None) or next(near, None)


def _opened(library: Any, lease: Lease) -> Stream:
    cards = _cards(library)
    card = find_card(cards, lease.role, lease.name)
    if card is None:
        missing = "no card has this name" if lease.name else "there is no default card"
        raise SoundDeviceError(f"{lease}: {missing}; {_names(cards, lease.role)}")
    refusal: Exception | None = None
    for card_format in formats(card.rate_hz, card.channels(lease.role)):
        try:
            return _started(lease.make(library, card, card_format, lease.tell_end))
        except (library.PortAudioError, ValueError) as problem:
            refusal = refusal or problem
            if _code(problem) not in _OTHER_FORMAT_MAY_DO:
                break
    raise SoundDeviceError(f"{lease}: {_reason(refusal)}; {_names(cards, lease.role)}") from refusal


def _started(stream: Stream) -> Stream:
    try:
        stream.start()
    except Exception:
        stream.close()
        raise
    return stream


def _close(stream: Stream, *, play_out: bool) -> None:
    if play_out:
        stream.stop()
    else:
        stream.abort()
    stream.close()


def _cards(library: Any) -> list[Card]:
    defaults = library.default.device
    return [
        Card(
            index=card["index"],
            name=card["name"],
            outputs=card["max_output_channels"],
            inputs=card["max_input_channels"],
            rate_hz=round(card["default_samplerate"]),
            is_default_output=card["index"] == defaults[1],
            is_default_input=card["index"] == defaults[0],
        )
        for card in library.query_devices()
    ]


def _code(problem: Exception) -> int | None:
    code = problem.args[1] if len(problem.args) > 1 else None
    return code if isinstance(code, int) else None


def _reason(problem: Exception | None) -> str:
    said = str(problem.args[0] if problem is not None and problem.args else problem)
    return said.strip().rstrip(".")


def _names(cards: list[Card], role: Role) -> str:
    names = [card.name for card in cards if card.channels(role)]
    return f"there are: {', '.join(names)}" if names else "there is no sound card"


def _sounddevice() -> Any:
    import sounddevice  # noqa: PLC0415  (its import is its start)

    return sounddevice


def _kernel_cards() -> str:
    return KERNEL_CARDS.read_text() if KERNEL_CARDS.exists() else ""


PORTAUDIO: Final = PortAudio(_sounddevice, _kernel_cards)
"""That of this process."""


def card_is_there() -> bool:
    """Whether the system has a loudspeaker at all; cheap where there is plainly none."""
    if not _sound_is_plausible():
        return False
    try:
        return any(card.is_default_output for card in PORTAUDIO.cards())
    except SoundDeviceError:
        return False


def _sound_is_plausible() -> bool:
    """Whether there is a kernel card, or a sound server that somebody points at."""
    cards = _kernel_cards()
    if cards and "no soundcards" not in cards:
        return True
    if os.environ.get("PULSE_SERVER"):
        return True
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}"))
    # Not `exists`, which fails where that folder may not be looked into: a service of systemd's.
    return any(os.access(runtime / server, os.W_OK) for server in ("pulse/native", "pipewire-0"))
