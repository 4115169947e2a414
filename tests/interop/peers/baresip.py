"""Debian's baresip as a peer, steered over its control socket.

Its voice is a WAV file of 8 kHz, played once from the answer on; at the file's end baresip would
hang up, so the driver puts silence behind it. What it hears is written by its `sndfile` filter, in
front of any playing. Neither path has a gain, so levels are exact.
"""

import contextlib
import json
import shutil
import socket
import threading
from pathlib import Path
from typing import IO

import numpy as np

from tests.interop.peers.loopback import LOOPBACK, in_uri
from tests.interop.peers.pbx_account import PbxAccount
from tests.interop.peers.ports import free_port
from tests.interop.peers.program import PeerFailure, Program
from tests.interop.sound_file import Sound, read_sound, write_sound

MODULES = Path("/usr/lib/baresip/modules")
START_LIMIT_S = 60.0
EVENT_LIMIT_S = 10.0
SILENCE_AFTER_VOICE_S = 60
"""Longer than any call of the tests."""

CONFIG = """\
poll_method epoll
sip_listen {sip_address}
net_interface {address}
call_local_timeout 120
call_max_calls {max_calls}
audio_source aufile,{voice}
audio_player aubridge,nowhere
audio_alert aubridge,nowhere
ausrc_srate {rate_hz}
auplay_srate {rate_hz}
ausrc_channels 1
auplay_channels 1
rtp_ports {rtp_port}-{last_rtp_port}
jitter_buffer_delay 5-10
rtp_stats yes
rtcp_mux {rtcp_mux}
statmode_default off
ringback_disabled yes
snd_path {folder}
ctrl_tcp_listen {control_address}
module_path {modules}
module g711.so
module g722.so
module l16.so
module opus.so
module srtp.so
module aubridge.so
module aufile.so
module sndfile.so
module ctrl_tcp.so
module_tmp account.so
module_app menu.so
"""


def is_installed() -> bool:
    """Whether the program and the modules that the driver needs are there."""
    return shutil.which("baresip") is not None and MODULES.is_dir()


class Baresip:
    """A running baresip with one account, else `sip:baresip@ADDRESS:PORT`, on G.711."""

    def __init__(
        self,
        folder: Path,
        voice: Path,
        *,
        answers: bool = True,
        info_digits: bool = False,
        address: str = LOOPBACK,
        account: PbxAccount | None = None,
        codec: str = "",
        rate_hz: int = 8000,
        certificate: Path | None = None,
        encryption: str = "",
        rtcp_mux: bool = False,
        ptime_ms: int = 20,
    ) -> None:
        """`account`: at a PBX; without one it is called and calls directly.

        `codec` as baresip calls it, such as `opus/48000/2`; without one it is G.711. `rate_hz` is
        that of its voice, and best the codec's own: baresip changes rates crudely. `certificate` is
        a PEM file with its key, shown to whom baresip meets by TLS. `encryption` of the sound is
        `srtp`, `srtp-mand` or `dtls_srtp`. `rtcp_mux`: RTCP on the port of RTP. `ptime_ms` is how
        much sound it sends in a packet, and asks for.
        """
        self._rtcp_mux = "yes" if rtcp_mux else "no"
        self._folder = folder
        folder.mkdir()
        sip_port, control_port = free_port(), free_port()
        self.uri = f"sip:baresip@{in_uri(address)}:{sip_port}"
        self.tls_uri = f"sip:baresip@{in_uri(address)}:{sip_port + 1};transport=tls"
        endless = folder / "voice.wav"
        _pad(voice, endless)
        self._write_config(endless, address, sip_port, control_port, rate_hz)
        if encryption == "dtls_srtp":
            with (folder / "config").open("a") as config:
                config.write("module dtls_srtp.so\n")
        if certificate is not None:
            with (folder / "config").open("a") as config:
                config.write(f"sip_certificate {certificate}\n")
        identity = f"<sip:baresip@{in_uri(address)}>;regint=0"
        if account is not None:
            identity = (
                f"<{account.address};transport={account.transport}>"
                f";auth_pass={account.password};regint=300"
            )
        account_line = (
            f"{identity};audio_codecs={codec or 'pcmu,pcma'}"
            f";answermode={'auto' if answers else 'manual'};ptime={ptime_ms}"
            f"{';dtmfmode=info' if info_digits else ''}"
            f"{f';mediaenc={encryption}' if encryption else ''}\n"
        )
        (folder / "accounts").write_text(account_line)
        # Through a pipe its output would stay in a buffer; the ready line is needed at once.
        family = "-6" if ":" in address else "-4"
        command = ["stdbuf", "-oL", "baresip", family, "-f", str(folder)]
        self.program = Program(command, folder=folder)
        self.program.out.wait_for("baresip is ready", START_LIMIT_S)
        self._control = ControlSocket(control_port)

    def _write_config(
        self, voice: Path, address: str, sip_port: int, control_port: int, rate_hz: int
    ) -> None:
        rtp_port = free_port()
        config = CONFIG.format(
            address=address,
            sip_address=f"{in_uri(address)}:{sip_port}",
            control_address=f"{LOOPBACK}:{control_port}",
            rtp_port=rtp_port,
            last_rtp_port=rtp_port + 20,
            max_calls=4,
            rate_hz=rate_hz,
            voice=voice,
            folder=self._folder,
            modules=MODULES,
            rtcp_mux=self._rtcp_mux,
        )
        (self._folder / "config").write_text(config)

    def __enter__(self) -> "Baresip":
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self.program.end()

    def call(self, uri: str) -> None:
        """Start a call."""
        self._control.command("dial", uri)

    def accept(self) -> None:
        """Answer the ringing call."""
        self._control.command("accept")

    def hang_up(self) -> None:
        """End the current call, or refuse it."""
        self._control.command("hangup")

    def hold(self) -> None:
        """Hold the current call by a re-INVITE."""
        self._control.command("hold")

    def resume(self) -> None:
        """Resume the held call."""
        self._control.command("resume")

    def press(self, digits: str) -> None:
        """Send digits in the current call."""
        for digit in digits:
            self._control.command("sndcode", digit)

    def wait_for(self, event: str, timeout_s: float = EVENT_LIMIT_S) -> str:
        """Wait for an event such as `CALL_ESTABLISHED` or `CALL_CLOSED`; its parameter."""
        return self._control.wait_for(event, timeout_s)

    def wait_until_ringing(self) -> None:
        """Return when the called side rings."""
        self.wait_for("CALL_RINGING")

    def wait_until_talking(self) -> None:
        """Return when the call is up."""
        self.wait_for("CALL_ESTABLISHED")

    def wait_until_ended(self) -> str:
        """Return when the call is over; why, in baresip's words."""
        return self.wait_for("CALL_CLOSED")

    def heard(self) -> Sound:
        """The recording of the only call so far, up to its first hold; complete once it is over."""
        (recording,) = self._folder.glob("dump-*-dec.wav")
        return read_sound(recording)


class ControlSocket:
    """JSON in netstrings: commands with their answers, and events (baresip's `ctrl_tcp`)."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((LOOPBACK, port), timeout=START_LIMIT_S)
        self._socket.settimeout(None)
        self._events: list[dict[str, str]] = []
        self._responses: list[dict[str, str]] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def command(self, name: str, parameters: str = "") -> None:
        """Run a command of baresip's menu and wait for its answer."""
        message = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self._socket.sendall(b"%d:%s," % (len(message), message))
        with self._news:
            if not self._news.wait_for(lambda: bool(self._responses), EVENT_LIMIT_S):
                raise PeerFailure(f"baresip did not answer the command {name} {parameters}")
            response = self._responses.pop()
        if not response.get("ok"):
            raise PeerFailure(f"baresip refused {name} {parameters}: {response.get('data')}")

    def wait_for(self, event: str, timeout_s: float) -> str:
        """Take the oldest event of that type; those before it are dropped."""
        with self._news:
            self._news.wait_for(lambda: self._position(event) is not None, timeout_s)
            position = self._position(event)
            if position is None:
                seen = [one["type"] for one in self._events]
                raise PeerFailure(f"baresip: no {event} within {timeout_s} s, only {seen}")
            found = self._events[position]
            del self._events[: position + 1]
            return found.get("param", "")

    def close(self) -> None:
        """Close the connection."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._socket.close()

    def _position(self, event: str) -> int | None:
        types = [one["type"] for one in self._events]
        return types.index(event) if event in types else None

    def _read(self) -> None:
        # A baresip that ends may cut its last word, or the connection.
        with contextlib.suppress(ConnectionError), self._socket.makefile("rb") as stream:
            while message := _read_message(stream):
                with self._news:
                    (self._events if "event" in message else self._responses).append(message)
                    self._news.notify_all()


def _pad(voice: Path, longer: Path) -> None:
    sound = read_sound(voice)
    silence = np.zeros(SILENCE_AFTER_VOICE_S * sound.rate_hz)
    write_sound(longer, Sound(np.concatenate([sound.samples, silence]), sound.rate_hz))


def _read_message(stream: IO[bytes]) -> dict[str, str]:
    """One netstring's JSON object; empty at the end of the stream."""
    length = b""
    while (character := stream.read(1)) not in (b":", b""):
        length += character
    if not length:
        return {}
    body = stream.read(int(length) + 1)
    if not body.endswith(b","):  # which ends every netstring: this one was cut
        return {}
    message: dict[str, str] = json.loads(body[:-1])
    return message
