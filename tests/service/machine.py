"""A machine with a real systemd of its own, beside this one: namespaces, and files thrown away."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SERVICE: Final = "intercom-speaker"
SOURCES: Final = Path(__file__).parents[2]
GIVE_UP_S: Final = 90.0

_NAMESPACES: Final = ("--pid", "--mount", "--cgroup", "--uts", "--ipc", "--net")


class Machine:
    """What runs on it is asked by `run`."""

    def __init__(self, boot: subprocess.Popen[bytes]) -> None:
        self._boot = boot
        self._systemd = 0

    def run(self, *command: str) -> str:
        """What a program there says.

        Raises:
            CalledProcessError: it fails.
        """
        inside = ["nsenter", f"--target={self._pid()}", "--all", f"--root=/proc/{self._pid()}/root"]
        done = subprocess.run([*inside, *command], capture_output=True, text=True, timeout=60)
        done.check_returncode()
        return done.stdout

    def property(self, name: str) -> str:
        """Of the speaker's unit, as `systemctl show` tells it."""
        return self.run("systemctl", "show", "--value", f"--property={name}", SERVICE).strip()

    def journal(self) -> str:
        """What the speaker said."""
        return self.run("journalctl", f"--unit={SERVICE}", "--no-pager", "--output=cat")

    def ask(self, path: str, *arguments: str) -> str:
        """The answer of its HTTP interface to curl as a program on its machine."""
        token = self.run("cat", f"/var/lib/{SERVICE}/local-token").strip()
        login = ("--header", f"Authorization: Bearer {token}")
        return self.run("curl", "-sS", *login, *arguments, f"http://127.0.0.1:8080{path}")

    def wait(self, what: Callable[[], bool]) -> None:
        """Return when that is so.

        Raises:
            TimeoutError: it is not within a minute and a half.
        """
        give_up_at = time.monotonic() + GIVE_UP_S
        while not self._is_so(what):
            if time.monotonic() > give_up_at:
                raise TimeoutError(self.journal())
            time.sleep(0.2)

    def _is_so(self, what: Callable[[], bool]) -> bool:
        try:
            return what()
        except (subprocess.CalledProcessError, ProcessLookupError):
            return False  # it has not got so far

    def _pid(self) -> int:
        """Of its systemd, which the program that boots it becomes."""
        if not self._systemd:
            children = Path(f"/proc/{self._boot.pid}/task/{self._boot.pid}/children").read_text()
            if not children:
                raise ProcessLookupError("it does not boot")
            pid = int(children.split()[0])
            if Path(f"/proc/{pid}/comm").read_text().strip() != "systemd":
                raise ProcessLookupError("it boots")
            self._systemd = pid
        return self._systemd


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """It boots; everything in it ends with it."""
    boot = Path(__file__).with_name("boot")
    own_python = (sys.base_prefix, sysconfig.get_path("platlib"))
    command = ["unshare", "--fork", "--kill-child", *_NAMESPACES, str(boot), str(folder)]
    with (folder / "boot.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, str(SOURCES), *own_python], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield Machine(process)
    finally:
        process.kill()
        process.wait()
