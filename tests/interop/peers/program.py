"""A process under test: started with a folder of its own, read while it runs, always ended."""

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

END_LIMIT_S = 3.0
"""How long a program may take to end after SIGTERM before it is killed."""

PEER_NICENESS = -15
"""Peers keep time in ordinary threads. On a busy machine they would send their speech in fits and
starts, and cut what they record; where the system allows it they go before other programs."""

TRANSCRIPT_LIMIT = 4 * 1024 * 1024
READ_SIZE = 4096


class PeerFailure(AssertionError):
    """A program did not do what the test needs it for; carries what it said."""


class Transcript:
    """What a program has written to one of its streams, searchable while it runs."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._text = ""
        self._searched = 0
        self._closed = False
        self._grown = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """Everything so far."""
        with self._grown:
            return self._text

    def wait_for(self, pattern: str, timeout_s: float) -> re.Match[str]:
        """The next match of `pattern` behind what was matched before.

        Raises:
            PeerFailure: it did not come in time, or the stream ended without it.
        """
        with self._grown:
            self._grown.wait_for(lambda: self._find(pattern) or self._closed, timeout_s)
            found = self._find(pattern)
            if found is None:
                raise PeerFailure(f"no {pattern!r} within {timeout_s} s in:\n{self._text}")
            self._searched = found.end()
            return found

    def join(self) -> None:
        """Wait until the stream's end has been read; its program must have ended."""
        self._reader.join()
        self._stream.close()

    def _find(self, pattern: str) -> re.Match[str] | None:
        return re.compile(pattern, re.MULTILINE).search(self._text, self._searched)

    def _read(self) -> None:
        descriptor = self._stream.fileno()
        with open(descriptor, "rb", buffering=0, closefd=False) as unbuffered:
            while chunk := unbuffered.read(READ_SIZE):
                self._take(chunk.decode(errors="replace"))
        with self._grown:
            self._closed = True
            self._grown.notify_all()

    def _take(self, text: str) -> None:
        with self._grown:
            if len(self._text) < TRANSCRIPT_LIMIT:
                self._text += text
            self._grown.notify_all()


class Program:
    """A running process with its input, output and error streams; a context manager ends it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        hurries: bool = True,
        leads: bool = False,
    ) -> None:
        """`leads`: it has processes of its own, and heads a group that can be signalled."""
        self._name = Path(command[0]).name
        self._leads = leads
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=leads,
        )
        if hurries:
            with contextlib.suppress(PermissionError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, PEER_NICENESS)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.out = Transcript(self._process.stdout)
        self.err = Transcript(self._process.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    def write_line(self, line: str) -> None:
        """Type a line into its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def signal(self, number: int) -> None:
        """Send a signal; harmless when the process has ended."""
        self._process.send_signal(number)

    def wait(self, timeout_s: float) -> int:
        """Exit code of a program that ends by itself.

        Raises:
            PeerFailure: it still runs after `timeout_s`.
        """
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise PeerFailure(f"{self._name} still runs after {timeout_s} s") from error
        self.out.join()
        self.err.join()
        return code

    def end(self) -> int:
        """SIGTERM, then SIGKILL when it does not listen; the exit code."""
        if self.running:
            self._process.terminate()
            try:
                self._process.wait(END_LIMIT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._leads:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)  # those that it left behind
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        self.out.join()
        self.err.join()
        return self._process.returncode
