"""`speaker run`: be a speaker until stopped, and begin anew where that is wanted.

A restart puts a new program in the place of this one (execve(2)), with the same process id: nothing
that this one was made of is left, whatever state it was in, and after an upgrade it is the new
version that starts. The listening sockets are handed over, so that what arrives meanwhile waits.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

import structlog
import uvloop

from conf.data_folder import DataFolder
from conf.problem import SettingsError
from conf.store import SettingsStore
from speaker.device import Device, Surroundings
from speaker.factory_default import delete_files, reset_settings
from speaker.journal import Journal
from speaker.kept_sockets import KeptSockets, start_anew
from speaker.lifecycle import Ending, Lifecycle, Next
from speaker.log import set_up_log
from speaker.service_manager import Heartbeat, ServiceManager, StatusLine

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from speaker.kept_sockets import NamedSocket

log = structlog.get_logger(__name__)

DEFAULTS = (Next.DEFAULT, Next.HARD_DEFAULT)


def run_device(options: argparse.Namespace, *, flags: Mapping[str, object]) -> int:
    """Run until the end, and return the exit code; a restart does not return.

    Raises:
        BadSettings: a setting is wrong.
        StoreError, DataFolderError: what the device remembers cannot be had.
        StartFailure: the device cannot start.
    """
    journal = Journal()
    set_up_log(journal=journal)
    kept: list[NamedSocket] = []
    with DataFolder.open(options.data) as data:
        with (
            journal.kept_in(data.log),
            SettingsStore.open(
                data.path, config=options.config, assignments=options.set, flags=flags
            ) as store,
        ):
            surroundings = Surroundings(
                bind=options.bind,
                serves_http=True,
                output=options.output,
                input=options.input,
                journal=journal,
                kept=KeptSockets.inherited(os.environ),
            )
            # The engine's thread must not wait for whole 5 ms of the main loop's interpreter time.
            sys.setswitchinterval(0.0005)
            gc.freeze()
            ending = uvloop.run(_serve(store, data, surroundings, kept))
            _note(store, ending)
        if ending.next in DEFAULTS:
            _delete_files(data, ending)
    if ending.next is not Next.NOTHING:
        start_anew(kept)
    return 0


async def _serve(
    store: SettingsStore, data: DataFolder, surroundings: Surroundings, kept: list[NamedSocket]
) -> Ending:
    """Be a device until its end; where another is to follow, its sockets are `kept`."""
    loop = asyncio.get_running_loop()
    manager = ServiceManager.of(os.environ)
    lifecycle = Lifecycle(loop.time)
    _obey_signals(loop, lifecycle)
    device = Device(store, data, surroundings, lifecycle=lifecycle)
    heartbeat = Heartbeat(manager, loop, lambda: device.engine.figures().ticks)
    status = StatusLine(manager, device.bus, lambda: len(device.calls.calls))
    try:
        await device.start()
        # What the device is made of stays: a collection must not walk through it, because the
        # engine's thread waits for the interpreter meanwhile.
        gc.freeze()
        _say_ready(device.ready_line())
        manager.ready()
        heartbeat.start()
        ending = await lifecycle.ended()
        if ending.next is Next.NOTHING:
            manager.stopping()
        else:
            manager.reloading()
            kept += ((name, each.dup()) for name, each in device.sockets)
    finally:
        await device.stop()
        heartbeat.stop()
        status.stop()
    return lifecycle.ending or ending


def _obey_signals(loop: asyncio.AbstractEventLoop, lifecycle: Lifecycle) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: lifecycle.stop(by="a signal"))
    if os.isatty(sys.stdin.fileno()):  # the person who started it has closed the terminal
        loop.add_signal_handler(signal.SIGHUP, lambda: lifecycle.stop(by="the end of its terminal"))
    else:
        loop.add_signal_handler(signal.SIGHUP, lambda: lifecycle.restart(by="SIGHUP"))


def _say_ready(line: str) -> None:
    """Tell the scripts that wait for it; after a restart there may be none any more."""
    try:
        print(line, flush=True)  # noqa: T201 - scripts wait for it
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _note(store: SettingsStore, ending: Ending) -> None:
    """Leave on record who wanted what to follow, and forget the settings where that is it."""
    if ending.next is Next.NOTHING:
        return
    try:
        if ending.next in DEFAULTS:
            reset_settings(store, hard=ending.next is Next.HARD_DEFAULT, by=ending.by)
        store.audit.note(ending.by, ending.next.value)
    except SettingsError as error:
        log.error("not everything is as it should be after the restart", why=str(error))


def _delete_files(data: DataFolder, ending: Ending) -> None:
    try:
        delete_files(data, hard=ending.next is Next.HARD_DEFAULT)
    except OSError as error:
        log.error("the factory default is not complete", why=str(error))
