"""`speaker test-call ACCOUNT URI`: call somebody and say of each step how it went.

Where a device runs on the data folder, that one calls, as it is the one that is registered; it is
asked over its HTTP interface. Else a speaker without sound is started for the time of the call.
"""

from __future__ import annotations

import http.client
import json
import logging
from typing import TYPE_CHECKING, Final

import uvloop

from conf.files.data_folder import (
    DataFolder,
    DataFolderError,
    DataFolderInUse,
)
from conf.settings import AnnouncementSettings
from conf.store.settings_store import SettingsStore
from conf.store.store_error import StoreError
from conf.validation.problem import BadSettings
from speaker.device import Device, StartFailure, Surroundings
from speaker.local_device import LocalDevice
from speaker.log import set_up_log
from speaker.printable import printable
from speaker.trial.trial_call import TrialCall
from speaker.trial.trial_report import Result, Stage, Step, failed, note, ok

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from conf.settings import Settings

PASSED, FAILED, BAD_SETTINGS = 0, 1, 2
"""Exit codes: every step went well; one did not; there was nothing to begin with."""

LONGEST_STEP_S: Final = 120.0
"""How long the running device may be silent between two steps: `sip.calling_timeout_s`, mostly."""


def make_test_call(options: argparse.Namespace) -> int:
    """Make the call and return the exit code."""
    set_up_log(logging.CRITICAL)  # the steps say what the log would
    try:
        with (
            DataFolder.open(options.data) as data,
            SettingsStore.open(data.path, config=options.config, assignments=options.set) as store,
        ):
            _tell(ok(Stage.SETTINGS, "they are in order"))
            return uvloop.run(_call_alone(store, data, options))
    except BadSettings as error:
        for problem in error.problems:
            _tell(failed(Stage.SETTINGS, str(problem)))
        return BAD_SETTINGS
    except DataFolderInUse:
        return _ask_running_device(options)
    except (DataFolderError, StoreError, StartFailure) as error:
        _tell(failed(Stage.SETTINGS, str(error)))
        return FAILED


def _tell(step: Step) -> None:
    line = f"{step.result.value:<8}{step.stage.value:<14}{step.words}"
    print(printable(line), flush=True)  # noqa: T201 - what the command is for


async def _call_alone(store: SettingsStore, data: DataFolder, options: argparse.Namespace) -> int:
    surroundings = Surroundings(bind=options.bind, serves_http=False, output="null", input="null")
    settings = _reduced(store.settings, options.account)
    device = Device(store, data, surroundings, settings)
    code = PASSED
    try:
        await device.start()
        async for step in TrialCall(device, options.account, options.uri).steps():
            _tell(step)
            if step.failed:
                code = FAILED
    finally:
        await device.stop()
    return code


def _reduced(settings: Settings, account_id: str) -> Settings:
    """The settings of a speaker that does nothing but one call from one account.

    It takes any free ports, as those that are set may be another device's.
    """
    accounts = tuple(
        account.model_copy(update={"active": account.active and account.id == account_id})
        for account in settings.sip.accounts
    )
    sip = settings.sip.model_copy(
        update={
            "enabled": True,
            "allow_incoming_calls": False,
            "accounts": accounts,
            "port": 0,
            "tls_port": 0,
        }
    )
    return settings.model_copy(
        update={
            "sip": sip,
            "announcement": AnnouncementSettings(),
            "multicast": settings.multicast.model_copy(update={"enabled": False}),
            "rules": (),
        }
    )


def _ask_running_device(options: argparse.Namespace) -> int:
    device = LocalDevice.of(options.data)
    if device is None:
        _tell(failed(Stage.SETTINGS, f"the speaker that runs on {options.data} has no HTTP"))
        return FAILED
    words = "a speaker runs on this data folder and makes the call, with its own settings"
    _tell(note(Stage.SETTINGS, words))
    steps = []
    try:
        for step in _steps_of(device, options.account, options.uri):
            _tell(step)
            steps.append(step)
    except (OSError, http.client.HTTPException, ValueError) as error:
        _tell(
            failed(Stage.SETTINGS, f"the running speaker at {device.url} does not answer: {error}")
        )
        return FAILED
    return FAILED if not steps or any(step.failed for step in steps) else PASSED


def _steps_of(device: LocalDevice, account: str, uri: str) -> Iterator[Step]:
    """The steps that the running device tells, one JSON object a line."""
    connection = device.connect(timeout_s=LONGEST_STEP_S)
    try:
        connection.request(
            "POST",
            "/api/v1/test-call",
            body=json.dumps({"account": account, "uri": uri}),
            headers={"Content-Type": "application/json"} | device.proof,
        )
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise http.client.HTTPException(f"{response.status} {response.read(300).decode()}")
        for line in response:
            told = json.loads(line)
            yield Step(Stage(told["step"]), Result(told["result"]), str(told["words"]))
    finally:
        connection.close()
