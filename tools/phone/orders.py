"""What the user asked the phone to do, as values."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

DEFAULT_CODECS = ("PCMU", "PCMA")
"""Not G722, which speakers would choose: PJSIP takes its full scale to be 6 dB lower than others
do, so that sound is by so much too quiet one way and too loud the other."""


class Transport(Enum):
    """How SIP messages travel."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class Encryption(Enum):
    """What the phone wants of SRTP (keys by SDES, RFC 4568)."""

    OFF = "off"
    OPTIONAL = "optional"
    MANDATORY = "mandatory"


class DigitMethod(Enum):
    """How a pressed key travels: as RTP events (RFC 4733) or as SIP INFO requests."""

    RFC4733 = "rfc4733"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The registrar to make the phone known to, and who it says it is."""

    registrar: str
    user: str
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOrder:
    """The telephone line itself: where it is bound and what it offers."""

    transport: Transport = Transport.UDP

    bind: str | None = None
    """Local address for SIP and RTP, an IPv4 literal; none: when calling the one that leads to the
    called host, when listening every IPv4 interface."""

    local_port: int = 0
    """SIP port; 0: any free one."""

    certificate: Path | None = None
    """PEM file with a certificate and its key, shown to whom the phone meets by TLS. Without one it
    can call by TLS, but not be called."""

    encryption: Encryption = Encryption.OFF

    rtcp_mux: bool = False
    """Offer and take RTCP on the port of RTP (RFC 5761)."""

    codecs: tuple[str, ...] = DEFAULT_CODECS
    """Names as in SDP, best first. Others are neither offered nor accepted."""

    registration: Registration | None = None

    verbose: bool = False
    """Let the library print its log, SIP messages included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkOrder:
    """What to do once the call is answered. Times are seconds after the answer."""

    play: Path | None = None
    """16-bit mono WAV of any rate, sent from the moment of the answer."""

    play_loop: bool = False
    """Start the file again at its end; otherwise silence follows."""

    record: Path | None = None
    """WAV for what is heard: 16-bit mono at 16 kHz, from the first stream on, early media too."""

    dtmf: str = ""
    """Keys to press; each `,` among them waits two seconds."""

    dtmf_delay_s: float = 1.0
    dtmf_method: DigitMethod = DigitMethod.RFC4733
    hold_at_s: float | None = None
    resume_at_s: float | None = None

    change_codec_at_s: float | None = None
    change_codec_to: str = ""
    """Name as in SDP; alone in the offer of that re-INVITE."""

    refer_at_s: float | None = None
    refer_to: str = ""
    """URI whom the other side is asked to call instead (RFC 3515)."""

    duration_s: float | None = None
    """When to hang up; none: talk until the other side does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOrder:
    """Call somebody."""

    uri: str
    headers: tuple[tuple[str, str], ...] = ()
    give_up_after_s: float = 60.0
    """An unanswered call is cancelled then."""

    line: LineOrder
    talk: TalkOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenOrder:
    """Wait for one call and take it, or refuse it."""

    answer_after_s: float = 0.0
    """How long to ring (180) before the answer."""

    refuse_with: int | None = None
    """SIP status code, 300 to 699, to refuse the call with."""

    wait_s: float | None = None
    """Give up when nobody has called by then; none: wait for ever."""

    line: LineOrder
    talk: TalkOrder
