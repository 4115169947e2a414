"""baresip as Debian ships it (1.0.0), set up to be what the speaker is in a figure."""

from __future__ import annotations

import re
import shutil
import socket
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.bench.child import Child
from tools.bench.device import Address, Device, Maker, Setup, Sound
from tools.bench.errors import CannotDo
from tools.bench.recording import FilePerCall
from tools.bench.sound_tap import PipeTap

HOST = "127.0.0.1"
MODULE_FOLDERS = ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")
READY = re.compile(r"^baresip is ready", re.MULTILINE)


def start_baresip(setup: Setup, folder: Path) -> Device:
    """Start baresip in `folder`.

    Its buffers are what it sets up by itself; lost sound is concealed by its `plc` module. In place
    of a sound card stands its aubridge, one for each call, which hands what is played to the
    microphone side.

    Raises:
        CannotDo: it is not installed, or has no module for what is asked.
        ChildFailed: it did not come up.
    """
    program = shutil.which("baresip")
    modules = next((Path(each) for each in MODULE_FOLDERS if Path(each).is_dir()), None)
    if program is None or modules is None:
        raise CannotDo("baresip is not installed")
    if setup.page is not None and not (modules / "multicast.so").exists():
        raise CannotDo("this build of baresip has no multicast module")
    if setup.sound is Sound.ROOM:
        raise CannotDo("Debian builds baresip without an echo canceller")
    if setup.key_plays:
        raise CannotDo("baresip plays nothing because of a key")
    if setup.busy_main_loop:
        raise CannotDo("nobody from outside can keep baresip's main loop busy")
    sip = Address(HOST, _free_port())
    users = tuple(f"room{number}" for number in range(setup.calls))
    tap = _prepare_ring(folder) if setup.sound is Sound.WATCHED else None
    (folder / "config").write_text(_config(sip, modules, setup, folder))
    (folder / "accounts").write_text("".join(_account(user, setup) for user in users))
    (folder / "contacts").touch()
    child = Child(
        [program, "-4", "-f", str(folder), "-p", str(folder)],
        folder,
        {"ALSA_CONFIG_PATH": str(folder / "asound.conf")},
    )
    child.wait_for_line(READY)
    recording = FilePerCall(folder, "dump-*-enc.wav") if setup.sound is Sound.RECORDED else None
    return Device(child, sip, users=users, tap=tap, recording=recording)


@dataclass(frozen=True, slots=True)
class _Codec:
    """How baresip calls a codec, and where it is."""

    name: str
    module: str
    rate_hz: int
    concealing: str = "module plc.so\n"
    """baresip's module for lost sound; Opus has its own way, and the module takes mono only."""


_CODECS = {
    "PCMU": _Codec("PCMU/8000/1", "g711", 8000),
    "G722": _Codec("G722/16000/1", "g722", 16000),
    "opus": _Codec("opus/48000/2", "opus", 48000, concealing=""),
}


def _config(sip: Address, modules: Path, setup: Setup, folder: Path) -> str:
    """The bridge runs at the codec's rate; what the bridge hands on is what was played."""
    codec = _CODECS[setup.codec]
    encryption = "module srtp.so\n" if setup.encrypted else ""
    recorder = f"module sndfile.so\nsnd_path {folder}\n" if setup.sound is Sound.RECORDED else ""
    return f"""\
poll_method epoll
sip_listen {sip.host}:{sip.port}
net_interface {sip.host}
call_max_calls 0
audio_player aubridge,room
audio_source aubridge,room
audio_alert alsa,bench
ausrc_srate {codec.rate_hz}
auplay_srate {codec.rate_hz}
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
jitter_buffer_delay 5-10
rtp_ports 20000-29999
module_path {modules}
module {codec.module}.so
{codec.concealing}{encryption}{recorder}module aubridge.so
module alsa.so
module_app account.so
module_app menu.so
"""


def _account(user: str, setup: Setup) -> str:
    mode = "manual" if setup.announces else "auto"
    encryption = ";mediaenc=srtp-mand" if setup.encrypted else ""
    return (
        f"<sip:{user}@{HOST}>;regint=0;answermode={mode}"
        f";audio_source=aubridge,{user};audio_player=aubridge,{user}"
        f";audio_codecs={_CODECS[setup.codec].name}{encryption}\n"
    )


def _prepare_ring(folder: Path) -> PipeTap:
    """A ring tone that is loud from its first sample, and an ALSA device that is a pipe to us.

    The pipe fills up and so makes the player wait, as a sound card does; a null device would let
    it run as fast as it can.
    """
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000 + np.pi / 2)
    with wave.open(str(folder / "ring.wav"), "wb") as ring:
        ring.setnchannels(1)
        ring.setsampwidth(2)
        ring.setframerate(8000)
        ring.writeframes((tone * 32767).astype("<i2").tobytes())
    pipe = folder / "played"
    (folder / "asound.conf").write_text(
        f"pcm.null {{ type null }}\n"
        f'pcm.bench {{ type file file "{pipe}" format raw slave.pcm null }}\n'
    )
    return PipeTap(pipe)


def _free_port() -> int:
    """A port that was free a moment ago: baresip cannot be asked to take any and say which."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


BARESIP = Maker("baresip", start_baresip)
