"""Runs espeak-ng, confined, with a time limit."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import media
from media.speech.errors import SpeechFailed, SpeechMissing, UnknownVoice

PROGRAM: Final = "espeak-ng"
LIMIT_S: Final = 20.0
"""In real time: it gives way to everything else."""

_LOOK_EVERY_S: Final = 0.1
_MOST_TOLD: Final = 500
_START: Final = (sys.executable, "-S", "-m", "media.speech.confined_start")
_OUR_PACKAGES: Final = str(Path(media.__file__).parents[1])
_NO_SUCH_VOICE: Final = "voice does not exist"


def run(
    arguments: Sequence[str],
    text: str = "",
    *,
    is_given_up: Callable[[], bool] = lambda: False,
) -> bytes:
    """What the program writes to standard output when it reads `text`. Waits: not for a loop.

    `is_given_up` is asked some times a second; it ends the program.

    Raises:
        SpeechError: it is not installed, has no such voice, fails, takes too long,
            or was given up.
    """
    found = shutil.which(PROGRAM)
    if found is None:
        raise SpeechMissing(
            f"{PROGRAM} is not installed: it comes with the system's package {PROGRAM}"
            f" (apt install {PROGRAM})"
        )
    try:
        return _output_of(Path(found).resolve(), arguments, text, is_given_up)
    except OSError as error:  # no more processes, files or room on the disk
        why = error.strerror or error
        raise SpeechFailed(f"{PROGRAM} cannot be run on this machine: {why}") from error


def _output_of(
    program: Path, arguments: Sequence[str], text: str, is_given_up: Callable[[], bool]
) -> bytes:
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as told:
        with subprocess.Popen(  # noqa: S603  (no shell, and the text is no argument)
            [*_START, str(program.parents[1]), str(program), *arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=told,
            process_group=0,
            env={"PYTHONPATH": _OUR_PACKAGES},
        ) as process:
            try:
                _give(process, text.encode("utf-8", "replace"))
                _wait_for(process, is_given_up)
            finally:
                _end(process)
        if process.returncode:
            told.seek(0)
            _complain(process.returncode, told.read(_MOST_TOLD).decode(errors="replace").strip())
        output.seek(0)
        return output.read()


def _end(process: subprocess.Popen[bytes]) -> None:
    """With what it may have started. Nobody has waited for it: its number is not another's yet."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _give(process: subprocess.Popen[bytes], text: bytes) -> None:
    """All of the text; a pipe takes it at once, whether it is read or not."""
    if process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(text)


def _wait_for(process: subprocess.Popen[bytes], is_given_up: Callable[[], bool]) -> None:
    """Return as soon as it has ended; `Popen.wait` with a time limit may sleep 50 ms beyond."""
    ends_at = time.monotonic() + LIMIT_S
    ended = os.pidfd_open(process.pid)
    looking = select.poll()  # `select` knows no file above 1023, and there may be more clients
    try:
        looking.register(ended, select.POLLIN)
        while not looking.poll(_LOOK_EVERY_S * 1000):
            if is_given_up():
                raise SpeechFailed("given up, as the speaker stops")
            if time.monotonic() > ends_at:
                raise SpeechFailed(f"not spoken within {LIMIT_S:.0f} s")
    finally:
        os.close(ended)


def _complain(code: int, told: str) -> None:
    if _NO_SUCH_VOICE in told:
        raise UnknownVoice(f"{PROGRAM} does not have this voice")
    if code == -signal.SIGXCPU:
        raise SpeechFailed(f"{PROGRAM} takes longer than any text should")
    ended = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    last = told.splitlines()[-1:] or ["nothing"]
    raise SpeechFailed(f"{PROGRAM} {ended}, and said {last[0]!r}")
