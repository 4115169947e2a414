"""Sound URIs: which loudspeaker and which microphone, as command line and settings name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from media.devices.room_parameters import RoomParameters
from media.errors import MediaError

SYSTEM: Final = "system"
NULL: Final = "null"
WAV: Final = "wav"
LOOP: Final = "loop"
ROOM: Final = "room"

_ANY_NAME: Final = ("", ":NAME")
_NO_NAME: Final = ("",)
_PATH: Final = (":PATH",)

OUTPUT_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    SYSTEM: _ANY_NAME,
    NULL: _NO_NAME,
    WAV: _PATH,
    LOOP: _NO_NAME,
}
INPUT_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    SYSTEM: _ANY_NAME,
    NULL: _NO_NAME,
    WAV: _PATH,
    LOOP: _NO_NAME,
    ROOM: (":PATH.wav", ":PATH.wav?NAME=NUMBER&..."),
}
"""What may follow each scheme; "" is nothing."""


ECHOING: Final = frozenset({SYSTEM, ROOM})
"""Microphones that hear the loudspeaker in a room. A `loop` hears it too, but is to be sent."""


class SoundUriError(MediaError):
    """A sound URI that names no device; the message shows it and the forms there are."""


@dataclass(frozen=True, slots=True)
class SoundUri:
    """A loudspeaker or a microphone by name."""

    scheme: str
    name: str = ""
    """A card's name or a file's path; empty for the default card and where there is none."""

    def __str__(self) -> str:
        return f"{self.scheme}:{self.name}" if self.name else self.scheme


def parse_output(text: str) -> SoundUri:
    """Read the URI of a loudspeaker.

    Raises:
        SoundUriError: it has none of the forms of an output.
    """
    return _parse("output", text, OUTPUT_FORMS)


def parse_input(text: str) -> SoundUri:
    """Read the URI of a microphone.

    Raises:
        SoundUriError: it has none of the forms of an input.
    """
    return _parse("input", text, INPUT_FORMS)


def _parse(role: str, text: str, forms: Mapping[str, tuple[str, ...]]) -> SoundUri:
    scheme, colon, name = text.partition(":")
    allowed = forms.get(scheme, ())
    takes_name = any(form for form in allowed)
    may_lack_name = "" in allowed
    if not allowed or (bool(colon) != bool(name)) or not (takes_name if name else may_lack_name):
        spelled = ", ".join(f"{known}{form}" for known, ends in forms.items() for form in ends)
        raise SoundUriError(f"{role}: {text!r} is none of {spelled}")
    if scheme == ROOM:
        _check_room(role, text, name)
    return SoundUri(scheme, name)


def _check_room(role: str, text: str, name: str) -> None:
    try:
        RoomParameters.parse(name.partition("?")[2])
    except ValueError as problem:
        raise SoundUriError(f"{role}: {text!r}: {problem}") from problem


@dataclass(frozen=True, slots=True)
class Sound:
    """The loudspeaker and the microphone to use."""

    output: SoundUri
    input: SoundUri
    warning: str = ""
    """One sentence for the log, when what was left open became silence."""


def choose_sound(output: str | None, input_: str | None, *, card_is_there: bool) -> Sound:
    """Fill in what was left open: a card where there is one, else `null`; with `loop`, its partner.

    Raises:
        SoundUriError: a URI is wrong, or the output is `loop` and the input something else.
    """
    default = SYSTEM if card_is_there else NULL
    chosen_output = parse_output(default if output is None else output)
    if chosen_output.scheme == LOOP and input_ is None:
        return Sound(chosen_output, SoundUri(LOOP))
    chosen_input = parse_input(default if input_ is None else input_)
    if chosen_output.scheme == LOOP and chosen_input.scheme != LOOP:
        raise SoundUriError(
            f"input: '{chosen_input}' with output 'loop', which makes what is played the microphone"
        )
    open_ = [role for role, uri in (("output", output), ("input", input_)) if uri is None]
    if card_is_there or not open_:
        return Sound(chosen_output, chosen_input)
    return Sound(
        chosen_output,
        chosen_input,
        f"there is no sound card: {' and '.join(open_)} are 'null', so that nothing is heard"
        if len(open_) == 2
        else f"there is no sound card: {open_[0]} is 'null'",
    )
