"""A PulseAudio server of our own, with a room to play into and a microphone to speak into."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from tests.interop.peers.program import Program
from tests.interop.sound_file import FULL_SCALE, Sound

RATE_HZ = 48_000
MICROPHONE_RATE_HZ = 44_100
"""Another than ours, as many microphones have."""
ROOM = "room"
MICROPHONE = "microphone"
START_LIMIT_S = 15.0
END_LIMIT_S = 5.0
_FORMAT = ("--raw", "--format=s16le", f"--rate={RATE_HZ}", "--channels=2")

# PortAudio reaches the server through ALSA, whose own configuration makes no such default.
# `tape` is a card that also writes what it plays into a file, as floats of two channels.
ASOUNDRC = """
pcm.!default {{ type pulse }}
ctl.!default {{ type pulse }}
pcm.tape {{ type file slave.pcm {{ type pulse }} file "{tape}" format "raw" }}
"""


class PulseServer:
    """Two null sinks: `ROOM` is the default loudspeaker, what is played into `MICROPHONE` is the
    default microphone. Reached by this process and by the programs it starts, and by nobody else.
    """

    needed: ClassVar[tuple[str, ...]] = ("pulseaudio", "pactl", "parec", "paplay")
    """Programs."""

    def __init__(self, folder: Path, environment: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._socket = folder / "native"
        self._daemon: Program | None = None
        self.tape = folder / "tape.raw"
        """What was played by the card `tape`: 32-bit floats, two channels."""
        (folder / ".asoundrc").write_text(ASOUNDRC.format(tape=self.tape))
        environment.setenv("HOME", str(folder))
        environment.setenv("XDG_RUNTIME_DIR", str(folder))
        environment.setenv("PULSE_RUNTIME_PATH", str(folder))
        environment.setenv("PULSE_SERVER", f"unix:{self._socket}")
        environment.delenv("ALSA_CONFIG_PATH", raising=False)

    def start(self) -> None:
        """Start the daemon and wait until it answers."""
        self._daemon = self._start_daemon()
        self._wait_until_done(["pactl", "info"])
        self._make_sink(MICROPHONE, MICROPHONE_RATE_HZ)
        self.plug_in()
        self._wait_until_done(["pactl", "set-default-source", f"{MICROPHONE}.monitor"])

    def plug_in(self) -> None:
        """Make the card `ROOM`, and it the default loudspeaker."""
        self._card = self._make_sink(ROOM, RATE_HZ)
        self._wait_until_done(["pactl", "set-default-sink", ROOM])

    def unplug(self) -> None:
        """Take the card `ROOM` away, while the server goes on."""
        subprocess.run(["pactl", "unload-module", self._card], check=True, capture_output=True)

    def _make_sink(self, name: str, rate_hz: int) -> str:
        sink = [f"sink_name={name}", f"rate={rate_hz}", "channels=2"]
        made = subprocess.run(
            ["pactl", "load-module", "module-null-sink", *sink],
            check=True,
            capture_output=True,
            text=True,
        )
        return made.stdout.strip()

    def _start_daemon(self) -> Program:
        modules = ["-L", f"module-native-protocol-unix socket={self._socket} auth-anonymous=1"]
        return Program(
            ["pulseaudio", "-n", "--exit-idle-time=-1", "--daemonize=no", *modules],
            folder=self.folder,
        )

    def _wait_until_done(self, command: list[str]) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while subprocess.run(command, capture_output=True).returncode:
            assert time.monotonic() < deadline, f"the sound server fails: {' '.join(command)}"
            time.sleep(0.1)

    def stop(self) -> None:
        """End the daemon, as when a server crashes."""
        if self._daemon is not None:
            self._daemon.end()
            self._daemon = None

    @contextmanager
    def recording(self, path: Path) -> Iterator[None]:
        """Write what is heard in the room to `path`, raw, until the context ends."""
        with path.open("wb") as file:
            recorder = subprocess.Popen(
                ["parec", "-d", f"{ROOM}.monitor", *_FORMAT, "--latency-msec=20"], stdout=file
            )
            try:
                yield
            finally:
                recorder.terminate()
                recorder.wait(END_LIMIT_S)

    def speak(self, sound: Path) -> None:
        """Play a sound file into the microphone, to its end."""
        subprocess.run(["paplay", "-d", MICROPHONE, str(sound)], check=True)


def read_recording(path: Path) -> Sound:
    """What a recording has so far, on the left: servers differ in what they make of both sides."""
    data = path.read_bytes()
    left = np.frombuffer(data[: len(data) // 4 * 4], "<i2")[::2]
    return Sound(left.astype(np.float64) / FULL_SCALE, RATE_HZ)


def need(programs: Iterable[str]) -> None:
    """Skip the test where there is no such program; in CI that is a failure."""
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{', '.join(missing)} not installed, and in CI every peer must be met")
    pytest.skip(f"{', '.join(missing)} not installed")
