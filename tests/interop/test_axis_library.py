"""The library `axis` as a client that we did not write, against a speaker in a process of its own.

`AXIS_PYTHON` names another Python to run it with: `make newest-axis`.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

from speaker.vapix.discovery import APIS
from speaker.version import VERSION
from tests.speaker.running import Running, running

CLIENT = Path(__file__).with_name("axis_client.py")
PYTHON = os.environ.get("AXIS_PYTHON", sys.executable)
LONGEST_S = 60.0


async def asked_by_the_library(speaker: Running, user: str, password: str) -> Any:
    client = await asyncio.create_subprocess_exec(
        PYTHON, str(CLIENT), str(speaker.http_port), user, password, stdout=PIPE, stderr=PIPE
    )
    told, complaints = await asyncio.wait_for(client.communicate(), LONGEST_S)
    assert client.returncode == 0, complaints.decode()
    return json.loads(told)


async def test_the_library_learns_what_the_speaker_is_and_manages_its_users(tmp_path: Path) -> None:
    brand = "brand.product_number=Test 1"
    async with running(tmp_path, "--set", brand, "--set", "device.serial=ACCC8E012345") as speaker:
        async with speaker.http() as http:
            account = {"name": "root", "password": "a pass:word"}
            assert (await http.post("/api/v1/setup", json=account)).status_code == 201
        found = await asked_by_the_library(speaker, "root", "a pass:word")
    assert found["serial_number"] == "ACCC8E012345"
    assert found["product_number"] == "Test 1"
    assert found["product_type"] == "Network Speaker"
    assert found["firmware_version"] == VERSION
    assert found["device_info"]
    assert found["parameters"]
    assert found["topics"] is None or "tnsaxis:Call/State" in found["topics"]
    assert {each.id for each in APIS} - set(found["apis"]) <= {"audit-log"}  # it knows no such API
    assert found["access_rights"] == "viewer:operator:admin:ptz"
    assert found["users"] == [["root"], ["frank True", "root True"], ["root"]]
