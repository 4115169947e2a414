"""`speaker devices`: the sound cards there are, by the names that `--output` and `--input` take."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from media.devices.device import SoundDeviceError
from media.devices.portaudio import PORTAUDIO
from speaker.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from media.devices.portaudio import Card, PortAudio, Role

OK, FAILED = 0, 1
"""Exit codes: told, were there cards or not; there is no way to know."""

NO_CARD: Final = (
    "There is no sound card: the kernel has none that this user may open (is the user in the group"
    " `audio`?), and no sound server answers."
)
HOW_TO_NAME: Final = (
    "--output system:NAME and --input system:NAME take a name or any part of one;"
    " * is taken by `system` alone."
)


def tell_devices(*, as_json: bool, host: PortAudio = PORTAUDIO) -> int:
    """Print a table of the cards, or a JSON list, and return the exit code."""
    try:
        cards = host.cards()
    except SoundDeviceError as problem:
        print(f"speaker: {problem}", file=sys.stderr)  # noqa: T201
        return FAILED
    lines = json.dumps([_for_programs(card) for card in cards], indent=2).split("\n")
    if not as_json:
        lines = [*_table(cards), "", HOW_TO_NAME] if cards else [NO_CARD]
    for line in lines:
        print(printable(line))  # noqa: T201 - what the command is for
    return OK


def _for_programs(card: Card) -> dict[str, str | int | bool]:
    told = asdict(card)
    del told["index"]  # changes with every start
    return told


def _table(cards: Sequence[Card]) -> Iterator[str]:
    rows = [("NAME", "OUTPUT", "INPUT", "RATE")]
    rows += [
        (card.name, _channels(card, "output"), _channels(card, "input"), f"{card.rate_hz} Hz")
        for card in cards
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _channels(card: Card, role: Role) -> str:
    count = card.channels(role)
    if not count:
        return "-"
    return f"{count} channel{'s' if count > 1 else ''}{' *' if card.is_default(role) else ''}"
