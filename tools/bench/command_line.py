"""`python -m tools.bench [figure …]`: measure, print the tables, write them where wanted."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from tools.bench.baresip_device import BARESIP
from tools.bench.device import Maker
from tools.bench.errors import BenchError
from tools.bench.figure import Figure, Run
from tools.bench.figures import FIGURES
from tools.bench.machine import describe_machine
from tools.bench.reading import Reading
from tools.bench.report import (
    NoPlaceForFigure,
    Result,
    as_json,
    as_markdown,
    as_text,
    machine_as_markdown,
    placed,
)
from tools.bench.speaker_device import SPEAKER

ALL, SOME_MISSING, STOPPED = 0, 1, 143
"""Exit codes: the speaker has a value in every row; it lacks one; ended by SIGTERM."""

MAKERS = (SPEAKER, BARESIP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop)
    wanted = [figure for figure in FIGURES if not options.figures or figure.name in options.figures]
    makers = [maker for maker in MAKERS if options.only in (None, maker.name)]
    machine = describe_machine()
    print("\n".join(f"{name}: {value}" for name, value in machine.items()), end="\n\n", flush=True)
    results = []
    with contextlib.ExitStack() as stack:
        folder = options.folder or stack.enter_context(_temporary_folder())
        run = Run(folder=folder, seconds=options.seconds)
        for figure in wanted:
            result = Result(figure, _measure(figure, makers, run))
            print(as_text(result), end="\n\n", flush=True)
            results.append(result)
    if options.json is not None:
        options.json.write_text(as_json(machine, results) + "\n")
    if options.markdown is not None:
        _fill_in(options.markdown, machine, results)
    lacking = any(
        reading.value is None and reading.device == SPEAKER.name
        for result in results
        for reading in result.readings
    )
    return SOME_MISSING if lacking else ALL


def _stop(_number: int, _frame: FrameType | None) -> None:
    """End by way of every `with` block, so that no device is left running."""
    raise SystemExit(STOPPED)


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Path(folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench", description="Figures of the speaker beside baresip's."
    )
    parser.add_argument(
        "figures",
        nargs="*",
        metavar="FIGURE",
        type=_figure_name,
        help=f"which ones ({', '.join(figure.name for figure in FIGURES)}); none: all",
    )
    parser.add_argument("--seconds", type=_seconds, metavar="N", help="length of what lasts")
    parser.add_argument("--only", choices=[maker.name for maker in MAKERS], help="one device")
    parser.add_argument(
        "--folder", type=_folder, metavar="DIR", help="keep the devices' files and logs there"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="put the tables into their places in FILE"
    )
    return parser


def _figure_name(text: str) -> str:
    names = [figure.name for figure in FIGURES]
    if text not in names:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(names)}")
    return text


def _folder(text: str) -> Path:
    path = Path(text)
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} must be a new folder: {error.strerror}"
        ) from error
    return path


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 1 to 86400")
    return seconds


def _measure(figure: Figure, makers: Sequence[Maker], run: Run) -> list[Reading]:
    """The figure's readings; where there are none, the reason."""
    readings: list[Reading] = []
    try:
        readings += figure.calibrate(run) if figure.calibrate is not None else []
    except BenchError as error:
        readings.append(Reading("bench", figure.title, None, "", str(error)))
    for maker in makers:
        try:
            readings += figure.measure(maker, run)
        except BenchError as error:
            readings.append(Reading(maker.name, figure.title, None, "", str(error)))
    return readings


def _fill_in(path: Path, machine: dict[str, str], results: Sequence[Result]) -> None:
    document = path.read_text()
    texts = {result.figure.name: as_markdown(result) for result in results}
    for name, text in {"machine": machine_as_markdown(machine), **texts}.items():
        try:
            document = placed(document, name, text)
        except NoPlaceForFigure as error:
            print(f"{path}: {error}", file=sys.stderr)
    path.write_text(document)
