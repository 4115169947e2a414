"""Every setting of the speaker, with its type, range, default and meaning.

These models guard each value by itself; what must hold between values is checked by
`conf.validation.validate`, the door through which all settings come. Units are in the names:
times in seconds, levels in dB. `docs/settings.md` is drawn from this file.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated, Final, Literal

from conf.certificates.name import (
    CertificateName,
    OptionalCertificateName,
    TrustedCertificates,
)
from conf.sections.brand import BrandSettings
from conf.sections.clip_library import ClipLibrarySettings
from conf.sections.global_proxies import GlobalProxySettings
from conf.sections.http import HttpSettings
from conf.sections.http_audio import HttpAudioSettings
from conf.sections.log_mail import LogMailSettings
from conf.sections.recipients import MAXIMUM_RECIPIENTS, RecipientSettings
from conf.sections.rules import (
    MAXIMUM_RULES,
    ClipName,
    OptionalClipName,
    RuleSettings,
    VolumeDb,
)
from conf.sections.sound_detection import SoundDetectionSettings
from conf.sections.speech import SpeechSettings
from conf.sections.table import Table
from conf.sections.time import TimeSettings
from conf.values.allowed_callers import is_entry
from conf.values.constraints import Entries, Id, Name, Range, Satisfies, Text
from conf.values.secret import Secret
from conf.values.server_address import is_domain, is_server

CodecName = Literal[
    "opus",
    "G722",
    "PCMU",
    "PCMA",
    "L16/8000",
    "L16/16000",
    "L16/44100",
    "L16/48000",
    "G726-32",
    "AAL2-G726-32",
    "GSM",
    "speex/8000",
    "speex/16000",
    "speex/32000",
]
DEFAULT_CODECS: Final[tuple[CodecName, ...]] = ("opus", "G722", "PCMU", "PCMA")
"""The widest band first; every phone and PBX has one of the last two."""

PageCodecName = Literal["G722", "PCMU", "PCMA"]
"""Those with a payload type of their own: a page has no description that could give it one."""


def _is_multicast(address: str) -> bool:
    try:
        return ip_address(address).is_multicast
    except ValueError:
        return False


_ACCESS_CODE = "empty or 4 to 16 of the keys 0-9, A-D, * and #"


def _is_access_code(code: Secret) -> bool:
    return not code or re.fullmatch("[0-9A-D*#]{4,16}", code.reveal()) is not None


def _is_session_timer(seconds: int) -> bool:
    return seconds == 0 or seconds >= LOWEST_SESSION_TIMER_S


MAXIMUM_CLIP_ENTRIES: Final = 256

LOWEST_SESSION_TIMER_S: Final = 90
"""RFC 4028 §4."""

AllowedCaller = Annotated[
    str,
    Satisfies(
        is_entry,
        "`local`, `any`, an IP address or a network such as 192.0.2.0/24, `user@domain` or"
        " `@domain`",
    ),
]
MulticastAddress = Annotated[str, Satisfies(_is_multicast, "a multicast IP address")]
UserId = Annotated[
    # The characters that RFC 3261 §25.1 lets stand unescaped in the user part of a SIP URI.
    str,
    Text(r"[A-Za-z0-9\-_.!~*'()&=+$,;?/]{0,64}", "a SIP user part of at most 64 characters"),
]


Domain = Annotated[
    str, Satisfies(is_domain, "a domain name, an IPv4 address or an IPv6 address in brackets")
]
Server = Annotated[
    str,
    Satisfies(is_server, "a server such as pbx.example, 192.0.2.5:5070 or [2001:db8::5]:5060"),
]


class DeviceSettings(Table):
    """Who this speaker is."""

    name: Name = "Intercom speaker"
    """What people call it."""
    serial: Annotated[str, Text(r"[A-Za-z0-9-]{0,32}", "at most 32 letters, digits or `-`")] = ""
    """Serial number; empty: one is made up at the first start and kept in the data folder."""


class CallerSettings(Table):
    """Somebody who proves by a password (Digest) that it is them who call."""

    username: Annotated[
        str, Text(r'[^\x00-\x1f\x7f"\\]{1,64}', "1 to 64 characters without quotes and controls")
    ]
    """The name that their phone logs in with; no two callers of an account share one."""
    password: Annotated[Secret, Satisfies(bool, "a password")]
    """The password that their phone logs in with."""


class ProxySettings(Table):
    """A server that the account's requests pass on their way out; the first one comes first."""

    address: Server
    """Where it is."""
    username: Name = ""
    """Who the speaker is to this proxy; empty: the account's own user name and password count."""
    password: Secret = Secret()
    """Password for this proxy."""


class AccountSettings(Table):
    """One identity under which the speaker calls and is called."""

    id: Id
    """What other settings refer to the account by."""
    name: Name = ""
    """Descriptive name; need not be unique."""
    active: bool = True
    """Whether the account can be used."""
    default: bool = False
    """Calls that name no account use this one; exactly one account is the default."""
    answer_automatically: bool = True
    """Answer incoming calls without anyone's doing."""
    answer_when_asked: bool = False
    """Else answer the calls whose callers ask for it (`Answer-Mode`, `Call-Info` and the like)."""
    answer_automatically_to: Annotated[tuple[AllowedCaller, ...], Entries(0, 64, distinct=True)] = (
        "any",
    )
    """Whose calls are answered in either way, written as in `sip.allowed_callers`; those of others
    ring."""
    answer_access_code: Annotated[Secret, Satisfies(_is_access_code, _ACCESS_CODE)] = Secret()
    """Keys that a caller who is answered in either way has to press before anything is heard, in
    20 s and three tries; empty: none."""
    callers: Annotated[tuple[CallerSettings, ...], Entries(0, 64)] = ()
    """Only these may call, except by the account's own servers: each proves itself by its password.
    Empty: nobody has to."""
    callers_md5_only: bool = False
    """Ask them for MD5 only, for phones that give up when they are offered SHA-256 beside it."""
    mode: Literal["peer_to_peer", "registered"] = "peer_to_peer"
    """`peer_to_peer`: direct calls, without a server; `registered`: an extension of a PBX."""
    user_id: UserId = ""
    """Extension or user part of the speaker's SIP address; empty: it is called by any."""
    domain: Domain = ""
    """Domain of the speaker's SIP address; empty: the registrar's host, or its own address."""
    password: Secret = Secret()
    """Password for the registrar, and for proxies that have none of their own."""
    authentication_id: Name = ""
    """User name that goes with the password; empty: `user_id`."""
    caller_id: Name = ""
    """Name shown to the person who is called; empty: `device.name`."""
    registrar: Server = ""
    """Server to register with; empty: the domain."""
    secondary_server: Server = ""
    """Server to register with while the first one fails."""
    transport: Literal["auto", "udp", "tcp", "tls"] = "udp"
    """Transport protocol to servers and of outgoing calls; `auto`: what DNS says of them."""
    prefer_ipv6: bool = False
    """Try the IPv6 addresses of a server before its IPv4 addresses."""
    proxies: Annotated[tuple[ProxySettings, ...], Entries(0, 8)] = ()
    """Outbound proxies, the nearest first."""
    follow_redirects: bool = False
    """Call the address that the other side names instead (3xx); off: such a call has failed."""
    tls_version: Literal["auto", "1.2", "1.3"] = "auto"
    """Version of TLS on connections that the speaker opens; `auto`: the newest that both know."""
    certificate: OptionalCertificateName = ""
    """Certificate that the speaker shows to servers that ask for one: `certificates/NAME.pem` and
    `NAME.key` in the data folder; empty: none."""
    verify_server_certificate: bool = True
    """Whether a server must prove by its certificate that it is the one that was called."""
    trusted_certificates: TrustedCertificates = ()
    """Whom to believe in place of the public CAs: files in `certificates`, each with CAs or with
    servers' own certificates."""
    sips: bool = False
    """Call by `sips:` addresses, and be one: TLS on every hop of the way; needs `tls`."""
    media_encryption: Literal["none", "best_effort", "mandatory"] = "none"
    """Encrypted sound (SRTP). `best_effort`: with phones that can; `mandatory`: or no call."""
    media_key_exchange: Literal["sdes", "dtls"] = "sdes"
    """How the speaker's own calls ask for the keys of encrypted sound: `sdes`, in the call's own
    messages, so that only TLS keeps them from those who listen in; `dtls`, by a handshake beside
    the sound (DTLS-SRTP). Calls to the speaker have either, as the phone asks."""
    dtmf_rtp: bool = True
    """Take and send keys as telephone-events in RTP (RFC 4733)."""
    dtmf_info: bool = True
    """Take keys from SIP INFO requests."""


class DtmfSequenceSettings(Table):
    """Keys that, pressed one after the other in a call, make the event `dtmf.sequence`.

    It counts with its last key. Where a longer sequence begins with it, it counts when the next key
    leads elsewhere or after 3 s without a key; 3 s also end a sequence that was only begun.
    """

    id: Id
    """What rules refer to the sequence by."""
    sequence: Annotated[str, Text(r"[0-9A-D*#]{1,64}", "1 to 64 of the keys 0-9, A-D, * and #")]
    """The keys."""
    description: Name = ""
    """What the sequence is for."""
    accounts: Annotated[tuple[Id, ...], Entries(0, 64, distinct=True)] = ()
    """Accounts in whose calls it counts; empty: in all."""


class SipSettings(Table):
    """Calls."""

    enabled: bool = True
    """Whether SIP is on."""
    allow_incoming_calls: bool = True
    """Whether the speaker can be called."""
    allowed_callers: Annotated[tuple[AllowedCaller, ...], Entries(0, 64, distinct=True)] = (
        "local",
    )
    """Who may call: `local` (this machine, link-local and private networks), `any`, addresses,
    networks, and names (`desk@example.com`, `@example.com`) for which somebody vouches."""
    port: Annotated[int, Range(0, 65535)] = 5060
    """UDP and TCP port of SIP; 0: any free one."""
    tls_port: Annotated[int, Range(0, 65535)] = 5061
    """TCP port of SIP over TLS; 0: any free one."""
    certificate: CertificateName = "speaker"
    """Certificate that those see who connect by TLS: `certificates/NAME.pem` and `NAME.key` in the
    data folder. `speaker` is made at the first start, signed by itself."""
    trusted_certificates: TrustedCertificates = ()
    """CAs that vouch for callers: files in `certificates`. Where there are any, callers by TLS are
    asked who they are."""
    rtp_start_port: Annotated[int, Range(0, 65534)] = 4000
    """First port to try for the sound of a call; 0: any free ones."""
    calling_timeout_s: Annotated[int, Range(1, 600)] = 60
    """How long an outgoing call may go unanswered."""
    incoming_call_duration_s: Annotated[int, Range(1, 600)] = 60
    """How long an incoming call may go unanswered, announcement included."""
    end_calls_after_s: Annotated[int, Range(0, 3600)] = 3600
    """How long people may talk; 0: no limit."""
    session_timer_s: Annotated[
        int, Range(0, 86400), Satisfies(_is_session_timer, "0, or at least 90")
    ] = 1800
    """How long a call may last without a sign that both sides are still there (RFC 4028); half of
    it passes between two signs. 0: none is asked for or given."""
    max_calls: Annotated[int, Range(1, 64)] = 1
    """Calls at the same time; further callers hear busy."""
    codecs: Annotated[tuple[CodecName, ...], Entries(1, 14, distinct=True)] = DEFAULT_CODECS
    """Codecs of calls, the preferred one first."""
    silence_suppression: bool = False
    """Send next to nothing while nobody speaks, to phones that fill pauses with comfort noise
    (RFC 3389). Saves bandwidth; quiet sounds of the room are not heard then."""
    audio_direction: Literal["both", "send", "receive"] = "both"
    """Which way sound may go: `send` is from the speaker's microphone to the phone."""
    dtmf_payload_type: Annotated[int, Range(96, 127)] = 101
    """RTP payload type that the speaker offers for keys."""
    rtp_silence_limit_s: Annotated[int, Range(0, 3600)] = 30
    """End a call from which neither RTP nor RTCP has come for this long; 0: never."""
    register_interval_s: Annotated[int, Range(10, 86400)] = 300
    """How long a registration is to last; it is renewed in time. The server may change it."""
    max_retransmissions: Annotated[int, Range(0, 10)] = 5
    """How often a request that nothing answers is repeated before the next server is tried."""
    seconds_until_failback: Annotated[int, Range(1, 86400)] = 60
    """How long the secondary server serves before the first one is tried again."""
    udp_to_tcp_switching: bool = True
    """Send requests that are too long for a UDP packet (above 1300 bytes) by TCP."""
    allow_via_rewrite: bool = True
    """Let the `Via` name the address that the server sees, where a router changes it."""
    allow_contact_rewrite: bool = True
    """Let the `Contact` name that address as well, so that calls find the way back."""
    accounts: Annotated[tuple[AccountSettings, ...], Entries(1, 64)] = (
        AccountSettings(id="peer_to_peer", name="Peer to peer", default=True),
    )
    """The accounts."""
    dtmf_sequences: Annotated[tuple[DtmfSequenceSettings, ...], Entries(0, 256)] = ()
    """The key sequences that rules can react to."""

    @property
    def default_account(self) -> AccountSettings:
        """The account of calls that name none."""
        return next(account for account in self.accounts if account.default)

    def sequences_of(self, account: str) -> Mapping[str, str]:
        """The key sequences that count in calls of the account with this id: id to keys."""
        return {
            entry.id: entry.sequence
            for entry in self.dtmf_sequences
            if not entry.accounts or account in entry.accounts
        }


class AnnouncementSettings(Table):
    """What people near the speaker hear before a call is answered."""

    clip: OptionalClipName = ""
    """Name of the clip: a file's, or a built-in tone's such as `tone`; empty for none."""
    repeat: Annotated[int, Range(0, 100)] = 0
    """How many more times it plays: 0 plays it once."""
    ringback_while_playing: bool = True
    """The caller hears ringing meanwhile; off: the caller hears the announcement."""


class AudioSettings(Table):
    """Loudspeaker and microphone."""

    output_gain_db: Annotated[float, Range(-60, 12)] = 0.0
    """Gain of the loudspeaker."""
    input_gain_db: Annotated[float, Range(-60, 30)] = 0.0
    """Gain of the microphone."""
    output_muted: bool = False
    """Silences the loudspeaker."""
    input_enabled: bool = True
    """Whether the microphone is used at all."""
    input_muted: bool = False
    """Silences the microphone."""
    echo_cancellation: Literal["off", "auto", "aec3", "full_duplex"] = "auto"
    """Keeps the loudspeaker out of what callers hear from the microphone."""
    noise_suppression: Literal["off", "low", "moderate", "high", "very_high"] = "off"
    """Lowers steady noise at the microphone, by 6, 12, 17 or 19 dB."""
    automatic_gain: bool = False
    """Brings voices near the microphone to one loudness, before `input_gain_db`."""
    call_progress_tones: bool = True
    """People near the speaker hear of calls that it places: ringing, busy, failed."""
    normalize_clip_loudness: bool = False
    """Play all clips equally loud to the ear, whatever they were recorded at; off: as recorded."""
    clip_loudness_lufs: Annotated[float, Range(-40, -10)] = -20.0
    """How loud that is (EBU R 128; what is on the air has -23). A clip whose peaks would pass -1 dB
    of full scale stays quieter."""


class ClipSettings(Table):
    """How one clip is played, wherever a setting or a command names it."""

    name: ClipName
    """The clip's name; no two entries are about the same clip."""
    gain_db: VolumeDb = 0.0
    """Louder (positive) or softer than it would be, always."""
    normalize_loudness: bool | None = None
    """Whether it is brought to `audio.clip_loudness_lufs`; left out: as
    `audio.normalize_clip_loudness` says for all."""


class MulticastSourceSettings(Table):
    """One multicast stream that the speaker plays."""

    label: Annotated[str, Text(r"[^\x00-\x1f\x7f]{1,64}", "a label of 1 to 64 characters")]
    """What the source is called; no two share a label."""
    address: MulticastAddress
    """The group's address."""
    port: Annotated[int, Range(1, 65535)]
    """The UDP port."""
    priority: Annotated[int, Range(1, 100)] = 50
    """Of several pages, the one with the higher number is heard."""


class MulticastSettings(Table):
    """Pages received by multicast RTP."""

    enabled: bool = False
    """Whether the speaker listens to the sources."""
    codec: PageCodecName = "PCMU"
    """Codec of the sources."""
    sources: Annotated[tuple[MulticastSourceSettings, ...], Entries(0, 64)] = ()
    """The sources."""


class Settings(Table):
    """Everything that can be set."""

    device: DeviceSettings = DeviceSettings()
    brand: BrandSettings = BrandSettings()
    time: TimeSettings = TimeSettings()
    sip: SipSettings = SipSettings()
    announcement: AnnouncementSettings = AnnouncementSettings()
    audio: AudioSettings = AudioSettings()
    clips: Annotated[tuple[ClipSettings, ...], Entries(0, MAXIMUM_CLIP_ENTRIES)] = ()
    """What is to be known of single clips."""
    clip_library: ClipLibrarySettings = ClipLibrarySettings()
    sound_detection: SoundDetectionSettings = SoundDetectionSettings()
    speech: SpeechSettings = SpeechSettings()
    http_audio: HttpAudioSettings = HttpAudioSettings()
    multicast: MulticastSettings = MulticastSettings()
    http: HttpSettings = HttpSettings()
    global_proxies: GlobalProxySettings = GlobalProxySettings()
    recipients: Annotated[tuple[RecipientSettings, ...], Entries(0, MAXIMUM_RECIPIENTS)] = ()
    """Who is told when something happens."""
    log_mail: LogMailSettings = LogMailSettings()
    rules: Annotated[tuple[RuleSettings, ...], Entries(0, MAXIMUM_RULES)] = ()
    """What the speaker does by itself when something occurs."""
