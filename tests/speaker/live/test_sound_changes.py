"""Sound and rules that are changed while the device runs."""

import asyncio
import math
import socket
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from conf.settings import Settings
from media.engine.commands import EngineCommand, SetGains, ShapeMicrophone
from media.microphone.near_end import EchoCancellation
from media.microphone.noise_suppressor import NoiseSuppression
from speaker.change import Change
from speaker.events import Bus
from speaker.reports.call_report import Equipment
from speaker.reports.call_reporter import CallReporter
from speaker.sound.sound_controls import SoundControls
from tests.speaker.http.serving import serving
from tests.speaker.live.waiting import until

LIMIT_S = 10.0
HEADER = 44
GROUP = "239.255.77.{}"
RTP = struct.Struct("!BBHII")

ENDLESS_TONE = {
    "name": "tone",
    "conditions": [{"condition": "device.ready", "is": True}],
    "action": [{"type": "play_clip", "clip": "tone", "repeat": -1}],
}


def level_db(wav: Path) -> float:
    """How loud the last 0.2 s were, dB of full scale."""
    samples = np.frombuffer(wav.read_bytes()[HEADER:], dtype="<i2")[-9600:] / 32768
    power = float(np.mean(samples**2)) if samples.size else 0.0
    return 10 * math.log10(max(power, 1e-12))


async def until_level(wav: Path, lowest_db: float, highest_db: float) -> None:
    for _ in range(200):
        if lowest_db <= level_db(wav) <= highest_db:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"{level_db(wav):.0f} dB is not between {lowest_db} and {highest_db}")


async def test_the_gain_of_the_loudspeaker_is_heard_at_once_amid_a_clip(tmp_path: Path) -> None:
    wav = tmp_path / "room.wav"
    async with serving(tmp_path / "data", output=f"wav:{wav}") as served:
        await served.device.change({"rules": [ENDLESS_TONE]}, by="test")
        await until_level(wav, -30, 0)
        await served.device.change({"audio": {"output_gain_db": -40.0}}, by="test")
        await until_level(wav, -80, -45)
        await served.device.change({"audio": {"output_muted": True}}, by="test")
        await until_level(wav, -130, -100)


class Recorder:
    """Keeps what the sound engine would be told."""

    def __init__(self) -> None:
        self.commands: list[EngineCommand] = []

    def submit(self, command: EngineCommand) -> None:
        self.commands.append(command)


AUDIO = {
    "output_gain_db": -3.0,
    "input_gain_db": 4.0,
    "output_muted": True,
    "input_enabled": False,
    "input_muted": True,
    "echo_cancellation": "aec3",
    "noise_suppression": "high",
    "automatic_gain": True,
}


async def test_the_sound_engine_is_told_of_everything_that_is_set() -> None:
    engine, reports = (
        Recorder(),
        CallReporter(
            Equipment(), Bus(), keep=lambda report: report, wall=lambda: datetime.now(UTC)
        ),
    )
    old = Settings()
    new = old.model_copy(update={"audio": old.audio.model_copy(update=AUDIO)})
    prepared = await SoundControls(engine, reports).prepare(Change(old, new, asyncio.to_thread))
    prepared.apply(0.0)
    assert engine.commands == [
        SetGains(
            output_gain_db=-3.0,
            output_muted=True,
            input_gain_db=4.0,
            input_muted=True,
            input_enabled=False,
        ),
        ShapeMicrophone(
            echo_cancellation=EchoCancellation.AEC3,
            noise_suppression=NoiseSuppression.HIGH,
            automatic_gain=True,
        ),
    ]


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    """Sends to groups, on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        yield opened


def source(number: int, **changes: object) -> dict[str, object]:
    return {"label": f"s{number}", "address": GROUP.format(number), "port": 5004, **changes}


async def test_sources_of_pages_are_joined_and_left(tmp_path: Path, sender: socket.socket) -> None:
    async with serving(tmp_path) as served:
        device = served.device

        async def page(number: int, value: bool | None) -> None:
            packet = RTP.pack(0x80, 0, 1, 160, number) + b"\xff" * 160
            async with asyncio.timeout(LIMIT_S):
                while device.bus.value("multicast.active", of=f"s{number}") is not value:
                    sender.sendto(packet, (GROUP.format(number), 5004))
                    await asyncio.sleep(0.02)

        one, other = source(1), source(2)
        await device.change({"multicast": {"enabled": True, "sources": [one, other]}}, by="test")
        await page(1, value=True)
        await device.change({"multicast": {"sources": [one]}}, by="test")
        assert device.bus.value("multicast.active", of="s2") is None
        assert device.bus.value("multicast.active", of="s1") is True, "its page goes on"
        await device.change({"multicast": {"enabled": False}}, by="test")
        await page(1, value=None)
        await device.change({"multicast": {"enabled": True}}, by="test")
        await page(1, value=True)


async def test_a_rule_acts_as_soon_as_it_is_set_and_no_more_when_it_is_removed(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as served:
        device = served.device
        await device.change({"rules": [ENDLESS_TONE]}, by="test")
        await until(device.bus, "audio.clip_playing", value=True)
        await device.change({"rules": []}, by="test")
        assert device.settings.rules == ()
