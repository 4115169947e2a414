"""The program that speaks: what it is kept from, and how it may end."""

import fcntl
import os
import resource
import select
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from media.confinement import landlock_version
from media.speech.errors import (
    SpeechError,
    SpeechFailed,
    SpeechMissing,
    UnknownVoice,
)
from media.speech.program import run

START = (sys.executable, "-S", "-m", "media.speech.confined_start", "/usr")
SAY = ("--stdin", "--stdout")


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Have another program in the place of the one that speaks."""
    program = folder / "bin" / "espeak-ng"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))


@pytest.mark.parametrize(
    "deed",
    [
        ("/usr/bin/cat", "{}/secret"),
        ("/usr/bin/espeak-ng", "-f", "{}/secret", "--stdout"),
        ("/usr/bin/espeak-ng", "-w", "{}/new", "hello"),
        ("/usr/bin/rm", "{}/secret"),
        ("/usr/bin/head", "-c", "9000000", "/usr/bin/python3"),
        ("/usr/bin/ls", "{}"),
    ],
)
def test_it_reads_and_writes_no_file_but_those_of_the_system(
    tmp_path: Path, deed: tuple[str, ...]
) -> None:
    (tmp_path / "secret").write_text("the key")
    arguments = [part.format(tmp_path) for part in deed]
    with (tmp_path / "output").open("wb") as output:
        subprocess.run([*START, *arguments], stdout=output, stderr=subprocess.DEVNULL, timeout=20)
    assert (tmp_path / "output").stat().st_size <= 8_000_000
    assert b"key" not in (tmp_path / "output").read_bytes()[:100]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["output", "secret"]


@pytest.mark.parametrize(
    ("deed", "since"),
    [
        ("import socket; socket.create_connection(('127.0.0.1', {port}))", 4),
        ("import os; os.kill({parent}, 0)", 6),
    ],
)
def test_it_connects_to_nobody_and_signals_nobody(deed: str, since: int) -> None:
    """Since Linux 6.7 and 6.12."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = deed.format(port=server.getsockname()[1], parent=os.getpid())
        python = ("/usr/bin/python3", "-I", "-c")
        free = subprocess.run([*python, code], stderr=subprocess.PIPE, timeout=20)
        assert free.returncode == 0, free.stderr
        done = subprocess.run([*START, *python, code], stderr=subprocess.PIPE, timeout=20)
    assert (b"PermissionError" in done.stderr) == (landlock_version() >= since), done.stderr


def test_it_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SpeechMissing, match="apt install espeak-ng"):
        run(SAY, "hello")


@pytest.mark.parametrize(
    ("script", "error", "told"),
    [
        ("kill -9 $$", SpeechFailed, "signal 9"),
        ("kill -SEGV $$", SpeechFailed, "signal 11"),
        ("kill -XCPU $$", SpeechFailed, "longer than any text should"),
        ("echo 'what is that?' >&2; exit 3", SpeechFailed, "code 3, and said 'what is that\\?'"),
        ("exit 3", SpeechFailed, "said 'nothing'"),
        ("exec yes", SpeechFailed, "File too large"),
        ("exec yes >&2", SpeechFailed, "said 'y'"),
        (
            "echo 'Error: The specified espeak-ng voice does not exist.' >&2; exit 1",
            UnknownVoice,
            "does not have",
        ),
    ],
)
def test_how_it_has_ended_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    error: type[SpeechError],
    told: str,
) -> None:
    installed(tmp_path, monkeypatch, script)
    with pytest.raises(error, match=told):
        run(SAY, "hello")


def test_it_is_ended_when_it_is_given_up_or_takes_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, "while true; do :; done")
    with pytest.raises(SpeechFailed, match="the speaker stops"):
        run(SAY, "hello", is_given_up=lambda: True)
    monkeypatch.setattr("media.speech.program.LIMIT_S", 0.0)
    with pytest.raises(SpeechFailed, match="within 0 s"):
        run(SAY, "hello")


def has_ended(process: int, within_s: float) -> bool:
    """Whether it ends until then; it may be gone already."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within_s)[0])
    finally:
        os.close(handle)


def test_what_it_has_started_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fork = "import os, time; child = os.fork(); print(child) if child else time.sleep(60)"
    installed(tmp_path, monkeypatch, f"exec /usr/bin/python3 -I -c '{fork}'")
    started = int(run(SAY, "hello"))
    assert has_ended(started, within_s=20.0)


def test_a_program_that_does_not_read_its_text_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, "exec <&-; exit 0")
    assert run(SAY, "ä" * 1000) == b""


def test_voices_that_are_not_there_are_named() -> None:
    with pytest.raises(UnknownVoice):
        run(("-v", "tlh", *SAY), "hello")


def test_a_thousand_clients_take_nobody_s_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many files are open then, and the next ones have numbers beyond those of select(2)."""
    beyond = 1500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, beyond + 100), hard))
    opened = os.pidfd_open

    def late(pid: int) -> int:
        first = opened(pid)
        try:
            return fcntl.fcntl(first, fcntl.F_DUPFD_CLOEXEC, beyond)
        finally:
            os.close(first)

    monkeypatch.setattr(os, "pidfd_open", late)
    try:
        assert run(SAY, "hello").startswith(b"RIFF")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_machine_that_lacks_something_is_a_failure_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(SpeechFailed, match="cannot be run on this machine: No such file"):
        run(SAY, "hello")
