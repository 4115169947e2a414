"""Kills a process that writes settings, at random moments, and looks at what it has left.

    python -m tests.conf.store.kill_while_writing [KILLS] [SEED]

Prints one line; exit code 1 when a kill left something else than the old or the new settings.
"""

import logging
import os
import random
import select
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from conf.store.migrations import MIGRATIONS
from conf.store.settings_store import SettingsStore
from conf.validation.validate import validate
from tests.conf.store.make_store import CHANGE

LATEST_S = 0.020
LATEST_MIGRATING_S = 0.060  # opening, the copy of the old state, and the steps
NUMBER = struct.Struct("<q")
WRITER_LIMIT_S = 30.0
OLDEST = Path(__file__).with_name("stores") / "layout_1"


def state(number: int) -> dict[str, Any]:
    """The change that leads to the settings of this number: several rows, a list and a secret."""
    account = {
        "id": "pbx",
        "default": True,
        "mode": "registered",
        "user_id": str(number),
        "registrar": "pbx.example",
        "password": f"secret {number}",
    }
    names = {"name": f"state {number}", "serial": f"S-{number}"}
    return {"device": names, "sip": {"accounts": [account], "calling_timeout_s": number % 600 + 1}}


def number_of(store: SettingsStore) -> int:
    return int(store.settings.device.name.removeprefix("state "))


def is_whole(store: SettingsStore) -> bool:
    """Whether the settings are all of one state, and the audit log tells of it last."""
    number, settings = number_of(store), store.settings
    (account,) = settings.sip.accounts
    (entry,) = store.audit.entries(1)
    return (
        settings.device.serial == f"S-{number}"
        and settings.sip.calling_timeout_s == number % 600 + 1
        and account.user_id == str(number)
        and account.password.reveal() == f"secret {number}"
        and entry.who in (f"writer {number}", "start")
        and not store.lost_secrets
        and store.database.rows("PRAGMA integrity_check") == [("ok",)]
    )


def write_without_end(folder: Path, acknowledge: int) -> None:
    with SettingsStore.open(folder) as store:
        number = number_of(store)
        end = time.monotonic() + WRITER_LIMIT_S
        while time.monotonic() < end:
            number += 1
            store.change(state(number), by=f"writer {number}")
            os.write(acknowledge, NUMBER.pack(number))


def open_and_wait(folder: Path) -> None:
    with SettingsStore.open(folder):
        time.sleep(WRITER_LIMIT_S)


def forked(work: Callable[[], None]) -> int:
    """The process that does `work`."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise RuntimeError("the process ended before it was killed")


def killed_writer(folder: Path, moment_s: float, *, while_opening: bool) -> int | None:
    """The last number that a writer said to be kept before it was killed; None: it said none."""
    reading, writing = os.pipe()
    child = forked(partial(write_without_end, folder, writing))
    os.close(writing)
    if not while_opening:
        select.select([reading], [], [], WRITER_LIMIT_S)
    time.sleep(moment_s)
    kill(child)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    return NUMBER.unpack(told[-NUMBER.size :])[0] if told else None


def kill_often(folder: Path, kills: int, seed: int) -> Counter[str]:
    """How often a kill left what: `old`, `new` (not yet acknowledged), or something `wrong`.

    One kill in four hits the opening, which recovers what the one before has left; one in five of
    them a folder with a `settings.toml` that is to be imported.
    """
    moments = random.Random(seed)
    found: Counter[str] = Counter()
    with SettingsStore.open(folder) as store:
        store.change(state(0), by="writer 0")
    known = 0
    for i in range(kills):
        gain = -(i % 60)
        if i % 5 == 0:
            (folder / "settings.toml").write_text(f"[audio]\noutput_gain_db = {gain}\n")
        told = killed_writer(
            folder, moments.uniform(0, LATEST_S), while_opening=moments.random() < 0.25
        )
        known = known if told is None else told
        with SettingsStore.open(folder) as store:
            number = number_of(store)
            whole = is_whole(store)
            imported = i % 5 or store.settings.audio.output_gain_db == gain
        right = whole and imported and number in (known, known + 1)
        found["wrong" if not right else "old" if number == known else "new"] += 1
        found["writes"] += number - found["written"]
        found["written"] = known = number
    del found["written"]
    return found


def kill_while_migrating(kills: int, seed: int) -> int:
    """How many kills, while a store of the first layout was opened, left it damaged."""
    moments = random.Random(seed)
    wrong = 0
    for _ in range(kills):
        with tempfile.TemporaryDirectory() as made:
            folder = Path(shutil.copytree(OLDEST, Path(made) / "data"))
            child = forked(partial(open_and_wait, folder))
            time.sleep(moments.uniform(0, LATEST_MIGRATING_S))
            kill(child)
            with SettingsStore.open(folder) as store:
                whole = store.settings == validate(CHANGE) and not store.lost_secrets
                wrong += not whole or store.database.version != len(MIGRATIONS)
    return wrong


def main(kills: int = 500, seed: int = 1) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = kill_often(Path(folder), kills, seed)
    took = time.monotonic() - start
    damaged = kill_while_migrating(kills // 5, seed)
    print(  # noqa: T201 - what the program is for
        f"{kills} kills in {took:.0f} s during {found['writes']} changes: {found['old']} left the"
        f" acknowledged settings, {found['new']} the next ones, {found['wrong']} anything else;"
        f" {kills // 5} kills while an old store was brought up to date: {damaged} left it damaged"
    )
    return 1 if found["wrong"] or damaged else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
