"""Linphone's console program as a peer, typed at through a pipe.

It uses files instead of a sound card, with its echo canceller, echo limiter, gain control, noise
gate and adaptive jitter buffer off: with them on, levels and timing are not those of the line.
"""

import os
import shutil
from pathlib import Path

from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.pbx_account import PbxAccount
from tests.interop.peers.ports import free_port
from tests.interop.peers.program import Program
from tests.interop.sound_file import Sound, read_sound

START_LIMIT_S = 30.0
EVENT_LIMIT_S = 10.0

CONFIG = """\
[sip]
bind_address={address}
sip_port={sip_port}
sip_tcp_port={tcp_port}
sip_tls_port={tls_port}
verify_server_certs=0
verify_server_cn=0
use_ipv6=0
contact=sip:linphone@{address}
default_proxy={default_proxy}
use_info={info_digits}
use_rfc2833={rtp_digits}
media_encryption={encryption}
media_encryption_mandatory={insists}
[net]
mtu=1300
[rtp]
audio_rtp_port={rtp_port}
audio_jitt_comp=60
audio_adaptive_jitt_comp_enabled=0
download_ptime={ptime_ms}
rtcp_mux={extended}
rtcp_xr_enabled={extended}
rtcp_xr_voip_metrics_enabled={extended}
rtcp_xr_rcvr_rtt_mode=all
rtcp_xr_rcvr_rtt_max_size=10000
[sound]
echocancellation=0
echolimiter=0
agc=0
noisegate=0
eq_active=0
mic_gain_db=0.0
playback_gain_db=0.0
{codecs}[misc]
log_collection_enabled=0
"""

CODEC = """\
[audio_codec_{number}]
mime={name}
rate={rate_hz}
enabled={enabled}
"""

Codecs = tuple[tuple[str, int], ...]
"""By name and rate of the RTP clock, the best first."""

G711: Codecs = (("PCMU", 8000), ("PCMA", 8000))

AS_IT_COMES: Codecs = (
    ("opus", 48000),
    ("speex", 16000),
    ("speex", 8000),
    *G711,
    ("G729", 8000),
)
"""What it has without being asked (its `codec list`). A codec that its file does not name is as it
comes, so the file has to name those too that it should do without."""

ACCOUNT = """\
[proxy_0]
reg_proxy=<{registrar}>
reg_identity={address}
reg_expires=300
reg_sendregister=1
publish=0
[auth_info_0]
username={user}
passwd={password}
"""

CLOSED, ANY = 0, -1
"""Ports."""


def is_installed() -> bool:
    """Whether the program is there."""
    return shutil.which("linphonec") is not None


def _settings_of(account: PbxAccount) -> str:
    return ACCOUNT.format(
        registrar=account.registrar,
        address=account.address,
        user=account.user,
        password=account.password,
    )


def _only(codecs: Codecs) -> str:
    """The part of the settings that has `codecs` on, in this order, and the others off."""
    named = (*codecs, *(each for each in AS_IT_COMES if each not in codecs))
    return "".join(
        CODEC.format(number=number, name=name, rate_hz=rate_hz, enabled=int(number < len(codecs)))
        for number, (name, rate_hz) in enumerate(named)
    )


class Linphonec:
    """A running linphonec with one account, else `sip:linphone@127.0.0.1:PORT`, on G.711."""

    def __init__(
        self,
        folder: Path,
        voice: Path,
        *,
        answers: bool = True,
        info_digits: bool = False,
        account: PbxAccount | None = None,
        transport: str = "udp",
        encryption: str = "none",
        codecs: Codecs = G711,
        extended_reports: bool = False,
        ptime_ms: int = 0,
    ) -> None:
        """`account`: at a PBX; without one it is called and calls directly.

        Besides UDP it can call by `transport`, or by that of the account. `encryption` of the
        sound, without which there is no call, is `srtp` or `dtls`. `codecs` are those that it has,
        and no others. `extended_reports`: it asks for RTCP XR and sends it, on the port of RTP.
        `ptime_ms` is how much sound it asks for in a packet; 0: it does not say.
        """
        # Without this folder it cannot make its database, and then never opens its SIP port.
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        sip_port = free_port()
        self.uri = f"sip:linphone@{LOOPBACK}:{sip_port}"
        self._recording = folder / "heard.wav"
        config = folder / "linphonerc"
        transport = transport if account is None else account.transport
        text = CONFIG.format(
            address=LOOPBACK,
            sip_port=sip_port,
            rtp_port=free_port(),
            info_digits=int(info_digits),
            rtp_digits=int(not info_digits),
            encryption=encryption,
            insists=int(encryption != "none"),
            default_proxy=-1 if account is None else 0,
            tcp_port=ANY if transport == "tcp" else CLOSED,
            extended=int(extended_reports),
            tls_port=ANY if transport == "tls" else CLOSED,
            codecs=_only(codecs),
            ptime_ms=ptime_ms,
        )
        config.write_text(text if account is None else text + _settings_of(account))
        command = ["stdbuf", "-oL", "linphonec", "-c", str(config)]
        if answers:
            command.append("-a")
        environment = os.environ | {"HOME": str(folder)}
        self.program = Program(command, folder=folder, environment=environment)
        self._type("soundcard use files", "Using wav files")
        self.program.write_line("ipv6 disable")  # it ignores the same wish in its settings file
        self._type("ports", f"sip port = {sip_port}")
        self.program.write_line(f"play {voice}")
        self.program.write_line(f"record {self._recording}")

    def __enter__(self) -> "Linphonec":
        return self

    def __exit__(self, *_: object) -> None:
        self.program.end()

    def call(self, uri: str) -> None:
        """Start a call."""
        self.program.write_line(f"call {uri}")

    def answer(self) -> None:
        """Answer the ringing call."""
        self.program.write_line("answer")

    def hang_up(self) -> None:
        """End, cancel or refuse the current call."""
        self.program.write_line("terminate")

    def pause(self) -> None:
        """Hold the current call by a re-INVITE."""
        self.program.write_line("pause")

    def resume(self) -> None:
        """Resume the held call."""
        self.program.write_line("resume")

    def press(self, digits: str) -> None:
        """Send digits in the current call: it takes a bare digit as a key pressed."""
        for digit in digits:
            self.program.write_line(digit)

    def wait_until_ringing(self) -> None:
        """Return when the called side rings, or when somebody calls."""
        self._wait_for(r"Call \d+ to .* ringing|Receiving new incoming call")

    def wait_until_talking(self) -> None:
        """Return when the call is up and its streams run."""
        self._wait_for("Media streams established")

    def wait_until_paused(self) -> None:
        """Return when the call is on hold."""
        self._wait_for(r"Call \d+ with .* is now paused")

    def wait_until_ended(self) -> str:
        """Return when the call is over; why, in linphone's words."""
        return self._wait_for(r"Call \d+ with .* (ended \(.*\)|error)\.")

    def heard(self) -> Sound:
        """What it has heard so far; complete once the call is over."""
        return read_sound(self._recording)

    def wait_for_digit(self) -> str:
        """Return the next digit that the other side sends."""
        return self._wait_for(r"Receiving tone (\S)")

    def _wait_for(self, pattern: str) -> str:
        found = self.program.out.wait_for(pattern, EVENT_LIMIT_S)
        return found[1] if found.lastindex else found[0]

    def _type(self, line: str, answer: str) -> None:
        self.program.write_line(line)
        self.program.out.wait_for(answer, START_LIMIT_S)
