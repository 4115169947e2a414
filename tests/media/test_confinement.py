"""The program that reads hostile files can do nothing else, whatever they make it do."""

import subprocess
import sys
from pathlib import Path

import pytest

from media.speech.confined_start import TASKS

BEGINNING = """
import os, socket, sys
from media.confinement import confine
kept = open(sys.argv[1], "rb")
confine(most_written=1000)
assert kept.read() == b"secret"
"""


def attempt(folder: Path, deed: str) -> subprocess.CompletedProcess[bytes]:
    """Confined, with a file open and another to write to."""
    (folder / "file").write_bytes(b"secret")
    with (folder / "output").open("wb") as output:
        return subprocess.run(
            [sys.executable, "-c", BEGINNING + deed, str(folder / "file")],
            stdout=output,
            stderr=subprocess.PIPE,
            timeout=20,
        )


@pytest.mark.parametrize(
    "deed",
    [
        "open(sys.argv[1], 'rb')",
        "socket.socket()",
        "os.execv('/bin/true', ['true'])",
        "bytearray(2 << 30)",
        "os.write(1, bytes(2000)); os.write(1, b'more')",
    ],
)
def test_no_file_no_socket_no_program_no_memory(tmp_path: Path, deed: str) -> None:
    assert attempt(tmp_path, deed).returncode != 0, deed
    assert (tmp_path / "output").stat().st_size <= 1000


def test_what_is_open_stays_usable(tmp_path: Path) -> None:
    done = attempt(tmp_path, "print('fine')")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output").read_bytes() == b"fine\n"


UNPRIVILEGED = """
import os, sys, threading
from media.confinement import confine
os.setresuid(65534, 65534, 65534)  # root's tasks are not counted
confine(most_written=0, tasks=int(sys.argv[1]))
thread = threading.Thread(target=lambda: None)
thread.start()
thread.join()
"""


@pytest.mark.parametrize(("tasks", "starts"), [(0, False), (TASKS, True)])
def test_who_has_threads_may_have_them(tasks: int, starts: bool) -> None:
    """espeak-ng is one: under another user than root it ended without a word spoken."""
    command = [sys.executable, "-c", UNPRIVILEGED, str(tasks)]
    done = subprocess.run(command, stderr=subprocess.PIPE, timeout=20)
    assert (done.returncode == 0) == starts, done.stderr
