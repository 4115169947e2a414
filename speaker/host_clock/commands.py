"""Commands of the machine, asked with patience that ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from typing import Final

from speaker.host_clock.synchronisation import HostRefuses

PATIENCE_S: Final = 5.0
LONGEST_OUTPUT: Final = 64 * 1024
"""Octets; what tells of a dozen servers has a hundredth of it."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    output: str


@dataclass(frozen=True, slots=True)
class Commands:
    """Runs programs, in English and in UTC."""

    path: str = os.defpath + ":/usr/sbin:/sbin"
    """Where they are looked for."""

    async def run(self, *command: str) -> Done | None:
        """What a command says on either of its outputs; None: it is not here, or does not end."""
        environment = {"PATH": self.path, "LC_ALL": "C", "TZ": "UTC", "SYSTEMD_COLORS": "0"}
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=PIPE, stderr=asyncio.subprocess.STDOUT,
                env=environment,
            )  # fmt: skip
        except OSError:
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                if process.stdout is None:
                    raise RuntimeError("a process without its output")
                output = await process.stdout.read(LONGEST_OUTPUT)
                code = await process.wait()
        except TimeoutError:
            return None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return Done(code, output.decode("utf-8", "replace"))

    async def answer(self, *command: str) -> str | None:
        """What a command says that succeeds; None: it does not."""
        done = await self.run(*command)
        return None if done is None or done.code else done.output

    async def must(self, *command: str) -> None:
        """Run a command that has to succeed.

        Raises:
            HostRefuses: it does not; the message has its own last words.
        """
        done = await self.run(*command)
        if done is None:
            raise HostRefuses(f"`{' '.join(command)}` cannot be run")
        if done.code:
            words = done.output.strip().splitlines()[-1:] or [f"exit code {done.code}"]
            raise HostRefuses(f"`{' '.join(command)}`: {words[0]}")
