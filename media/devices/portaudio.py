"""PortAudio, the library under `system`, as far as several streams share it.

It is loaded when the first card is opened and not before, because its start costs 20 MB and a look
at every card. It makes its list of cards then, and only a new start makes a new list; so that
start waits for a moment in which no stream is open, as after a USB card was pulled out.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from media.devices.device import SoundDeviceError


class Stream(Protocol):
    """A stream of the library."""

    def start(self) -> None:
        """Begin to call back."""

    def stop(self) -> None:
        """Play out, then stop calling back."""

    def abort(self) -> None:
        """Stop calling back at once."""

    def close(self) -> None:
        """Give the card back."""


_lock = threading.Lock()
_open_streams = 0


def open_stream(role: str, name: str, make: Callable[[Any], Stream]) -> Stream:
    """Open a stream with `make`, which is given the library, and start it.

    `role` and `name` are for the message only.

    Raises:
        SoundDeviceError: no library, no such card, or the card refuses.
    """
    global _open_streams
    with _lock:
        library = _library(role)
        if not _open_streams:
            _list_cards_again(library)
        try:
            stream = make(library)
            stream.start()
        except (library.PortAudioError, ValueError) as problem:
            raise SoundDeviceError(
                f"{role} system{name and ':'}{name}: {_reason(problem)}; {_cards(library, role)}"
            ) from problem
        _open_streams += 1
        return stream


def close_stream(stream: Stream, *, play_out: bool) -> None:
    """Close a stream of `open_stream`; with `play_out`, after what it holds was heard."""
    global _open_streams
    if play_out:
        stream.stop()
    else:
        stream.abort()
    stream.close()
    with _lock:
        _open_streams -= 1


def card_is_there() -> bool:
    """Whether the system has a loudspeaker at all; cheap where there is plainly none."""
    if not _sound_is_plausible():
        return False
    try:
        with _lock:
            library = _library("output")
            library.query_devices(kind="output")
    except SoundDeviceError:
        return False
    except (ValueError, library.PortAudioError):
        return False
    return True


def _sound_is_plausible() -> bool:
    """Whether there is a kernel card, or a sound server that somebody points at."""
    cards = Path("/proc/asound/cards")
    if cards.exists() and "no soundcards" not in cards.read_text():
        return True
    if os.environ.get("PULSE_SERVER"):
        return True
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}"))
    return any((runtime / server).exists() for server in ("pulse/native", "pipewire-0"))


def _library(role: str) -> Any:
    try:
        import sounddevice  # noqa: PLC0415  (its import is its start)
    except OSError as problem:
        raise SoundDeviceError(
            f"{role} system: the PortAudio library is missing (Debian: libportaudio2)"
        ) from problem
    return sounddevice


def _list_cards_again(library: Any) -> None:
    # The binding has no other name for it; its author gives these two as the way.
    library._terminate()
    library._initialize()


def _reason(problem: Exception) -> str:
    return str(problem.args[0] if problem.args else problem).strip().rstrip(".")


def _cards(library: Any, role: str) -> str:
    key = f"max_{role}_channels"
    names = [card["name"] for card in library.query_devices() if card[key] > 0]
    return f"there are: {', '.join(names)}" if names else "there is no sound card"
