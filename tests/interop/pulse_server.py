"""A PulseAudio server of our own, with a room to play into and a microphone to speak into."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.interop.peers.program import Program
from tests.interop.sound_file import FULL_SCALE, Sound

RATE_HZ = 48_000
ROOM = "room"
MICROPHONE = "microphone"
START_LIMIT_S = 15.0
END_LIMIT_S = 5.0
_FORMAT = ("--raw", "--format=s16le", f"--rate={RATE_HZ}", "--channels=1")
NEEDED = ("pulseaudio", "pactl", "parec", "pacat")

# PortAudio reaches the server through ALSA, whose own configuration makes no such default.
ASOUNDRC = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"


class PulseServer:
    """Two null sinks: `ROOM` is the default loudspeaker, what is played into `MICROPHONE` is the
    default microphone. Reached by this process and by the programs it starts, and by nobody else.
    """

    def __init__(self, folder: Path, environment: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._socket = folder / "socket"
        self._daemon: Program | None = None
        (folder / ".asoundrc").write_text(ASOUNDRC)
        environment.setenv("HOME", str(folder))
        environment.setenv("XDG_RUNTIME_DIR", str(folder))
        environment.setenv("PULSE_RUNTIME_PATH", str(folder))
        environment.setenv("PULSE_SERVER", f"unix:{self._socket}")
        environment.delenv("ALSA_CONFIG_PATH", raising=False)

    def start(self) -> None:
        """Start the daemon and wait until it answers."""
        sink = "module-null-sink rate={} channels=2 sink_name={}"
        modules = [
            f"module-native-protocol-unix socket={self._socket} auth-anonymous=1",
            sink.format(RATE_HZ, ROOM),
            sink.format(RATE_HZ, MICROPHONE),
        ]
        options = [option for module in modules for option in ("-L", module)]
        self._daemon = Program(
            ["pulseaudio", "-n", "--exit-idle-time=-1", "--daemonize=no", *options],
            folder=self._folder,
        )
        deadline = time.monotonic() + START_LIMIT_S
        while subprocess.run(["pactl", "info"], capture_output=True).returncode:
            assert time.monotonic() < deadline, "pulseaudio does not answer"
            time.sleep(0.1)
        subprocess.run(["pactl", "set-default-sink", ROOM], check=True)
        subprocess.run(["pactl", "set-default-source", f"{MICROPHONE}.monitor"], check=True)

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
    """What a recording has so far."""
    data = path.read_bytes()
    samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2")
    return Sound(samples.astype(np.float64) / FULL_SCALE, RATE_HZ)


def need_pulseaudio() -> None:
    """Skip the test where there is no PulseAudio; in CI that is a failure."""
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if not missing:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{', '.join(missing)} not installed, and in CI every peer must be met")
    pytest.skip(f"{', '.join(missing)} not installed")
