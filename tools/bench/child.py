"""A program that the bench starts, waits for and ends."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

from tools.bench.errors import ChildFailed

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence
    from pathlib import Path

READY_WITHIN_S = 20.0
ENDS_WITHIN_S = 5.0
LOOK_EVERY_S = 0.02


class Child:
    """A running program; both its outputs go to files in `folder`, so that no pipe can fill up."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.command = tuple(command)
        self._output = folder / "output.log"
        self._errors = folder / "errors.log"
        with self._output.open("wb") as output, self._errors.open("wb") as errors:
            try:
                self._process = subprocess.Popen(
                    self.command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    env={**os.environ, **(environment or {})},
                )
            except OSError as error:
                raise ChildFailed(f"{self.command[0]}: {error.strerror}") from error

    @property
    def process_id(self) -> int:
        """The id by which /proc knows it."""
        return self._process.pid

    def wait_for_line(self, wanted: re.Pattern[str]) -> re.Match[str]:
        """What `wanted` finds in the program's standard output.

        Raises:
            ChildFailed: the program ended, or said no such thing in time.
        """
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            found = wanted.search(self._output.read_text(errors="replace"))
            if found is not None:
                return found
            if self._process.poll() is not None:
                raise ChildFailed(
                    f"{self.command[0]} ended with {self._process.returncode}: {self.last_words()}"
                )
            time.sleep(LOOK_EVERY_S)
        self.end()
        raise ChildFailed(
            f"{self.command[0]} was not ready after {READY_WITHIN_S:.0f} s: {self.last_words()}"
        )

    def wait(self, timeout_s: float) -> int:
        """The exit code, once the program has ended by itself.

        Raises:
            ChildFailed: it still runs after `timeout_s`.
        """
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            self.end()
            raise ChildFailed(f"{self.command[0]} still ran after {timeout_s:.0f} s") from error

    def end(self) -> None:
        """Ask it to end; insist if it does not."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """The last line that it wrote, errors first."""
        for path in (self._errors, self._output):
            lines = path.read_text(errors="replace").strip().splitlines()
            if lines:
                return lines[-1].strip()
        return "it said nothing"
