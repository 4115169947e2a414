"""The speaker, started by its command line as any script would."""

from __future__ import annotations

import http.client
import json
import re
import sys
from pathlib import Path

from tools.bench import busy_speaker
from tools.bench.child import Child
from tools.bench.device import Address, Device, HttpSide, Maker, Setup, Sound
from tools.bench.errors import CannotDo, Unreadable
from tools.bench.recording import GrowingFile
from tools.bench.sound_tap import WavTap

HOST = "127.0.0.1"
READY = re.compile(r"^ready sip=([\d.]+):(\d+) http=([\d.]+):(\d+)", re.MULTILINE)
HTTP_WITHIN_S = 5.0


def start_speaker(setup: Setup, folder: Path) -> Device:
    """Start the speaker that is installed beside this interpreter, with its data in `folder`.

    Raises:
        CannotDo: it is not installed.
        ChildFailed: it did not come up.
    """
    program = Path(sys.executable).with_name("speaker")
    if not program.exists():
        raise CannotDo(f"{program} is not installed")
    played = folder / "played.wav"
    child = Child(
        [
            *_program(program, setup),
            *("run", "--data", str(folder / "data"), "--bind", HOST),
            *("--sip-port", "0", "--http-port", "0"),
            *_sound(setup, played),
            *_settings(setup),
        ],
        folder,
    )
    ready = child.wait_for_line(READY)
    return Device(
        child,
        Address(ready[1], int(ready[2])),
        users=("speaker",),
        http=HttpSide(
            ready[3], int(ready[4]), (folder / "data" / "local-token").read_text().strip()
        ),
        tap=WavTap(played) if setup.sound is Sound.WATCHED else None,
        recording=GrowingFile(played) if setup.sound is Sound.RECORDED else None,
    )


def _program(installed: Path, setup: Setup) -> tuple[str, ...]:
    if setup.busy_main_loop:
        return (sys.executable, "-m", busy_speaker.__name__)
    return (str(installed),)


def _sound(setup: Setup, played: Path) -> list[str]:
    match setup.sound:
        case Sound.LOOP:
            return ["--output", "loop", "--input", "loop"]
        case Sound.WATCHED | Sound.RECORDED:
            return ["--output", f"wav:{played}", "--input", "null"]
        case Sound.ROOM:
            return ["--output", "null", "--input", f"room:{setup.room}"]
        case Sound.NONE:
            return ["--output", "null", "--input", "null"]


def _settings(setup: Setup) -> list[str]:
    wanted = {
        "sip.max_calls": str(setup.calls),
        "sip.rtp_start_port": "0",
        "sip.codecs": f'["{setup.codec}"]',
        "audio.echo_cancellation": setup.echo_cancellation,
        "announcement.clip": "tone" if setup.announces else "",
    }
    if setup.encrypted:
        wanted["sip.accounts"] = '[{id="bench",default=true,media_encryption="mandatory"}]'
    if setup.key_plays:
        wanted["rules"] = (
            '[{name="bench",conditions=[{event="dtmf.digit",digit="1"}],'
            'action=[{type="play_clip",clip="beep"}]}]'
        )
    if setup.page is not None:
        host, port = setup.page
        wanted["multicast.enabled"] = "true"
        wanted["multicast.sources"] = f'[{{label="bench",address="{host}",port={port},priority=1}}]'
    return [part for key, value in wanted.items() for part in ("--set", f"{key}={value}")]


def figures_of_itself(device: Device, table: str) -> dict[str, float]:
    """The numbers that the speaker keeps about its sound (`engine`) or about itself (`process`).

    Raises:
        Unreadable: the speaker does not give them.
    """
    if device.http is None:
        raise CannotDo("this device has no HTTP interface")
    connection = http.client.HTTPConnection(
        device.http.host, device.http.port, timeout=HTTP_WITHIN_S
    )
    try:
        connection.request(
            "GET", "/api/v1/state", headers={"Authorization": f"Bearer {device.http.token}"}
        )
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise Unreadable(f"GET /api/v1/state: {error}") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise Unreadable(f"GET /api/v1/state was answered with {answer.status}")
    return read_figures(body, table)


def read_figures(body: bytes, table: str) -> dict[str, float]:
    """The numbers in one table of the answer to GET /api/v1/state.

    Raises:
        Unreadable: there is no such table.
    """
    state: object = json.loads(body)
    found = state.get(table) if isinstance(state, dict) else None
    if not isinstance(found, dict):
        raise Unreadable(f"GET /api/v1/state has no table `{table}`")
    return {
        str(name): float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


SPEAKER = Maker("speaker", start_speaker)
