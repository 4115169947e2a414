"""`play`, `page`, `speak`, `voices` and `stop`."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Final

from speaker.ctl.output import table
from speaker.ctl.told import Told

if TYPE_CHECKING:
    from speaker.ctl.errand import Commands, Errand

SILENCE_DB: Final = -120.0
MOST_PERCENT: Final = 1000.0
PRIORITIES: Final = ("background", "clip", "announcement")


def add_commands(commands: Commands) -> None:
    """Make them known."""
    play = commands.add("play", play_clip, "play a clip or a built-in tone")
    _add_clip(play)
    play.add_argument("--priority", choices=PRIORITIES, default="clip", help="(default: clip)")
    play.add_argument(
        "--queue", action="store_true", help="after what sounds now, and not together with it"
    )
    page = commands.add("page", page_clip, "play a clip as a page: calls pause meanwhile")
    _add_clip(page)
    page.add_argument(
        "--priority", type=int, default=50, metavar="N", help="among pages, 1 to 100 (default: 50)"
    )
    speak = commands.add("speak", speak_text, "say a text, which clips pause for")
    speak.add_argument(
        "text", metavar="TEXT", help="in quotes; what begins with - stands behind --"
    )
    speak.add_argument("--voice", default="", help="see `voices` (default: speech.voice)")
    speak.add_argument(
        "--priority",
        choices=(*PRIORITIES, "page"),
        default="announcement",
        help="(default: announcement)",
    )
    speak.add_argument("--queue", action="store_true", help="after what sounds now")
    _add_level(speak)
    commands.add("voices", tell_voices, "the voices that say texts")
    stop = commands.add("stop", stop_clips, "stop a clip, or all of them")
    stop.add_argument(
        "clip", nargs="?", metavar="CLIP", help="`speech`: what is said (default: all)"
    )


def _add_clip(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clip", metavar="CLIP", help="its name: see `clips`")
    _add_level(parser)


def _add_level(parser: argparse.ArgumentParser) -> None:
    level = parser.add_mutually_exclusive_group()
    level.add_argument(
        "--gain-db", type=float, default=0.0, metavar="DB", help="on top of what is set for it"
    )
    level.add_argument(
        "--volume", type=_percent, metavar="PERCENT", help="the same as a part of the amplitude"
    )
    parser.add_argument(
        "--repeat",
        type=int,
        default=0,
        metavar="N",
        help="how many more times; -1: until it is stopped",
    )


def _percent(text: str) -> float:
    """A gain in dB."""
    try:
        percent = float(text)
    except ValueError:
        percent = math.nan
    if not 0 <= percent <= MOST_PERCENT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {MOST_PERCENT:.0f}")
    return max(20 * math.log10(percent / 100), SILENCE_DB) if percent else SILENCE_DB


def play_clip(errand: Errand) -> None:
    """Begin; it plays on by itself."""
    options = errand.options
    how = {"priority": options.priority, "queue": options.queue}
    told = errand.api.post("/play", {**_clip(options), **how})
    errand.output.tell(told, [f"plays {options.clip}"])


def page_clip(errand: Errand) -> None:
    """Begin, before everything else."""
    told = errand.api.post("/page", {**_clip(errand.options), "priority": errand.options.priority})
    errand.output.tell(told, [f"pages {errand.options.clip}"])


def _clip(options: argparse.Namespace) -> dict[str, object]:
    return {"clip": options.clip, **_level(options)}


def _level(options: argparse.Namespace) -> dict[str, object]:
    gain_db = options.gain_db if options.volume is None else options.volume
    return {"gain_db": gain_db, "repeat": options.repeat}


def speak_text(errand: Errand) -> None:
    """Begin; it is said to its end by itself."""
    options = errand.options
    how = {"voice": options.voice, "priority": options.priority, "queue": options.queue}
    told = errand.api.post("/speak", {"text": options.text, **_level(options), **how})
    errand.output.tell(told, [f"speaks {options.text}"])


def tell_voices(errand: Errand) -> None:
    """Print a table of them, and the variants of each."""
    told = errand.api.get("/voices")
    voices = [(each.text("voice"), each.text("name")) for each in Told(told).objects("voices")]
    variants = ", ".join(Told(told).texts("variants"))
    lines = (*table(("voice", "language"), voices), "", f"each as VOICE+VARIANT: {variants}")
    errand.output.tell(told, lines)


def stop_clips(errand: Errand) -> None:
    """Those that people or rules have started."""
    told = errand.api.post("/stop", {"clip": errand.options.clip})
    errand.output.tell(told, [f"stopped {errand.options.clip or 'all clips'}"])
