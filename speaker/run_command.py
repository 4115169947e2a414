"""`speaker run`: be a speaker until stopped, and begin anew where that is wanted.

A restart makes everything anew from what is on the disk: data folder, store, log files, device,
sound engine, HTTP side. Only the process, its loop and its listening sockets stay: another program
in its place (execve(2)) would renew its libraries, too, but takes a second to import them on a fast
machine that has nothing else to do, and five on a busy one, in which nobody is answered.
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

from conf.files.data_folder import DataFolder
from conf.store.settings_store import SettingsStore
from conf.validation.problem import SettingsError
from speaker.device import Device, Surroundings
from speaker.factory_default import delete_files, forget_settings
from speaker.journal import Journal
from speaker.kept_sockets import KeptSockets
from speaker.leftovers import Leftovers
from speaker.lifecycle import Ending, Lifecycle, Next
from speaker.log import set_up_log
from speaker.open_files import allow_many_open_files
from speaker.service_manager import Heartbeat, ServiceManager, StatusLine

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

log = structlog.get_logger(__name__)

DEFAULTS = (Next.DEFAULT, Next.HARD_DEFAULT)


def run_device(options: argparse.Namespace, *, flags: Mapping[str, object]) -> int:
    """Run until the end, and return the exit code.

    Raises:
        BadSettings: a setting is wrong.
        StoreError, DataFolderError: what the device remembers cannot be had.
        StartFailure: the device cannot start.
    """
    allow_many_open_files()
    # The engine's thread must not wait for whole 5 ms turns of the main loop's interpreter time.
    sys.setswitchinterval(0.0005)
    uvloop.run(_Runs(options, flags).until_the_end())
    return 0


class _Runs:
    """One run of a device after the other, until one is not followed by another."""

    def __init__(self, options: argparse.Namespace, flags: Mapping[str, object]) -> None:
        self._options = options
        self._flags = flags
        self._manager = ServiceManager.of(os.environ)
        self._kept = KeptSockets()
        self._leftovers = Leftovers()

    async def until_the_end(self) -> None:
        """Run, and run again."""
        self._loop = asyncio.get_running_loop()
        self._lifecycle = Lifecycle(self._loop.time)
        self._obey_signals()
        while True:
            ending = await self._run_once()
            if ending.next is Next.NOTHING:
                return
            self._lifecycle = Lifecycle(self._loop.time)  # hears of signals from now on
            await _cancel_what_is_left()
            self._leftovers.add()

    def _obey_signals(self) -> None:
        def stop() -> None:
            self._lifecycle.stop(by="a signal")

        def restart() -> None:
            self._lifecycle.restart(by="SIGHUP")

        # From a terminal SIGHUP says that the person who started it has closed that.
        has_terminal = sys.stdin is not None and sys.stdin.isatty()
        self._loop.add_signal_handler(signal.SIGTERM, stop)
        self._loop.add_signal_handler(signal.SIGINT, stop)
        self._loop.add_signal_handler(signal.SIGHUP, stop if has_terminal else restart)

    async def _run_once(self) -> Ending:
        options = self._options
        journal = Journal()
        set_up_log(journal=journal)
        with DataFolder.open(options.data) as data:
            with (
                journal.kept_in(data.log),
                SettingsStore.open(
                    data.path, config=options.config, assignments=options.set, flags=self._flags
                ) as store,
            ):
                surroundings = Surroundings(
                    bind=options.bind,
                    serves_http=True,
                    output=options.output,
                    input=options.input,
                    journal=journal,
                    kept=self._kept,
                )
                device = Device(store, data, surroundings, lifecycle=self._lifecycle)
                ending = await self._be(device)
                _record(device, ending)
            if ending.next in DEFAULTS:
                _delete_files(data, ending)
        return ending

    async def _be(self, device: Device) -> Ending:
        """Be this device until its end; where another is to follow, its sockets are kept."""
        heartbeat = Heartbeat(self._manager, self._loop, lambda: device.engine.figures().ticks)
        status = StatusLine(self._manager, device.bus, lambda: len(device.calls.calls))
        try:
            await device.start()
            # What the device is made of stays: a collection must not walk through it, because the
            # engine's thread waits for the interpreter meanwhile.
            gc.freeze()
            _say_ready(device.ready_line())
            self._manager.ready()
            heartbeat.start()
            tidying = self._loop.create_task(self._leftovers.give_back(lambda: _is_quiet(device)))
            if (await self._lifecycle.ended()).next is Next.NOTHING:
                self._manager.stopping()
            else:
                self._manager.reloading()
                self._kept = KeptSockets.of(device.sockets)
            tidying.cancel()
        finally:
            heartbeat.stop()
            status.stop()
            await device.stop()
        return await self._lifecycle.ended()  # a signal may have come meanwhile


async def _cancel_what_is_left() -> None:
    """No task of the device that was is to meet the next one."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _is_quiet(device: Device) -> bool:
    """Whether nobody would hear it if the sound stood still."""
    sound = device.engine.figures()
    return not (device.calls.calls or sound.streams or sound.clips)


def _say_ready(line: str) -> None:
    """Tell the scripts that wait for it; after a restart there may be none any more."""
    try:
        print(line, flush=True)  # noqa: T201 - scripts wait for it
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _record(device: Device, ending: Ending) -> None:
    """Leave on record who wanted what to follow, and forget the settings where that is it."""
    if ending.next is Next.NOTHING:
        return
    try:
        if ending.next in DEFAULTS:
            forget_settings(device, hard=ending.next is Next.HARD_DEFAULT, by=ending.by)
        device.store.audit.note(ending.by, ending.next.value)
    except SettingsError as error:
        log.error("not everything is as it should be after the restart", why=str(error))


def _delete_files(data: DataFolder, ending: Ending) -> None:
    try:
        delete_files(data, hard=ending.next is Next.HARD_DEFAULT)
    except OSError as error:
        log.error("the factory default is not complete", why=str(error))
