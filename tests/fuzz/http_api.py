"""schemathesis over the OpenAPI document of a running speaker: `python -m tests.fuzz.http_api`.

It makes requests from what the document says, good and bad ones, and holds each answer against it:
no 5xx, no status, content type or shape that is not documented, nobody let in without logging in,
and nothing taken that the document forbids. Further arguments are those of `schemathesis run`.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from asyncio.subprocess import PIPE, STDOUT
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conf.files.data_folder import local_token_of_running_device
from tests.speaker.running import LONGEST_START_S, running

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM: Final = Path(sys.executable).with_name("schemathesis")
CONFIGURATION: Final = Path(__file__).with_name("schemathesis.toml")

FIXED: Final = (
    # Calls and test calls are asked for, and none goes out.
    "sip.enabled=false",
    "multicast.enabled=false",
    # Whoever changes these shuts the door behind himself.
    "http.enabled=true",
    "http.https_enabled=false",
)
"""Settings that no request can change."""

NOT_TO_BE_DONE: Final = ("restart", "factory_default", "stream")
"""Operations that would end the examination, and one whose answer has no end."""

TOO_STRICT: Final = "positive_data_acceptance"
"""Rules between settings are not in their schema."""

LONG: Final = ("--max-examples", "100", "--continue-on-failure")
"""Some ten thousand requests with every phase: an hour."""

FAULT: Final = "Traceback"


@dataclass(frozen=True, slots=True)
class Examination:
    """What came of it."""

    passed: bool
    words: str
    """What schemathesis says."""
    faults: str
    """What the log tells of errors that nobody has caught."""


async def examine(folder: Path, *options: str) -> Examination:
    """Start a speaker with its data in `folder`, ask it whatever the document allows, and more."""
    fixed = [part for setting in FIXED for part in ("--set", setting)]
    async with running(folder / "data", *fixed) as speaker:
        assert speaker.process.stderr is not None
        reading = asyncio.create_task(_faults_in(speaker.process.stderr))
        token = local_token_of_running_device(folder / "data")
        document = f"http://127.0.0.1:{speaker.http_port}/api/v1/openapi.json"
        program = await asyncio.create_subprocess_exec(
            *(PROGRAM, "--config-file", CONFIGURATION, "run", document),
            *("--checks", "all", "--exclude-checks", TOO_STRICT, "--warnings", "off"),
            *(part for each in NOT_TO_BE_DONE for part in ("--exclude-operation-id", each)),
            *("--header", f"Authorization: Bearer {token}", *options),
            cwd=folder,
            stdout=PIPE,
            stderr=STDOUT,
        )
        try:
            words, _ = await program.communicate()
        finally:
            if program.returncode is None:
                program.kill()
                await program.wait()
        speaker.terminate()
        await asyncio.wait_for(speaker.process.wait(), LONGEST_START_S)
        return Examination(program.returncode == 0, words.decode(), await reading)


async def _faults_in(log: asyncio.StreamReader) -> str:
    """Read the log, so that the speaker is not held up; keep what follows a traceback."""
    kept: list[str] = []
    wanted = 0
    while line := (await log.readline()).decode(errors="replace"):
        wanted = 60 if FAULT in line else wanted - 1
        if wanted > 0 and len(kept) < 600:
            kept.append(line)
    return "".join(kept)


def main(options: Sequence[str]) -> int:
    """Examine for long; what is wrong goes to standard output."""
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(examine(Path(folder), *(options or LONG)))
    sys.stdout.write(f"{found.words}\n{found.faults}\n")
    return 0 if found.passed and not found.faults else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
