"""What one stream has counted and measured so far."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamStatistics:
    """A snapshot of one RTP stream, both ways. Counters start at 0 with the stream."""

    packets_received: int = 0
    """RTP packets of the latched peer with a payload type that was agreed, doubles included."""
    octets_received: int = 0
    """Their payload octets."""
    packets_lost: int = 0
    """Expected less received by sequence number (RFC 3550 A.3), never below 0."""
    packets_late: int = 0
    """Arrived after their moment had been played."""
    packets_skipped: int = 0
    """Thrown away unplayed, so that the delay does not grow."""
    packets_doubled: int = 0
    packets_reordered: int = 0
    packets_of_unknown_type: int = 0
    """Payload type not agreed, or a payload the codec cannot hold."""
    packets_malformed: int = 0
    """RTP and RTCP that cannot be read."""
    reports_refused: int = 0
    """RTCP of the peer that came too thick and fast to be looked at."""
    events_refused: int = 0
    """Packets of keys that came thicker and faster than keys can be pressed."""
    packets_foreign: int = 0
    """RTP from another source than the latched peer; none of it was heard. There is none before the
    peer's own: the first that comes is taken for it."""
    foreign_source: tuple[str, int] | None = None
    """The last of those sources; None: there was none."""
    control_foreign: int = 0
    """RTCP and DTLS of somebody else than the peer."""
    control_foreign_source: tuple[str, int] | None = None
    """Where the last of them came from, as far as it is known."""
    heard_from: tuple[str, int] | None = None
    """Where the peer's RTP comes from, and ours goes to; None before its first packet."""
    source_moves: int = 0
    """Times the peer's RTP went on from another address or port in the running call."""
    packets_looped: int = 0
    """Our own packets that came back to us (RFC 3550 §8.2)."""
    ssrc_collisions: int = 0
    """Times we took another SSRC because the peer had ours."""
    packets_unauthentic: int = 0
    """SRTP and SRTCP that the peer's key does not prove to be new and its own."""
    packets_before_keys: int = 0
    """SRTP and SRTCP that came before a handshake had led to keys."""
    jitter_ms: float = 0.0
    """Interarrival jitter of what we receive (RFC 3550 A.8)."""
    playout_delay_ms: float = 0.0
    """How long the last packet waited from its arrival to its first sample's turn."""
    concealed_ms: int = 0
    """Sound made up in place of missing packets."""
    stretched_ms: int = 0
    """By how much sound was made longer, so that what comes late is in time."""
    shortened_ms: int = 0
    """By how much it was made shorter, so that it is heard sooner."""
    comfort_noise_ms: int = 0
    """Noise played in the peer's pauses because it asked for that (RFC 3389)."""
    r_factor: float | None = None
    """How what we play should please, by delay, loss and codec (E-model, ITU-T G.107): 0 to 93 for
    telephone sound, to 129 for wider bands, below 50 nobody is content; None before sound came."""
    mos: float | None = None
    """The same as a mean opinion score, 1 (bad) to 4.5 (excellent)."""
    source_changes: int = 0
    """Times the peer's SSRC changed or its numbering started again."""

    sent_to: tuple[str, int] | None = None
    """Where ours go."""

    packets_sent: int = 0
    octets_sent: int = 0
    """Payload octets (the RTCP sense)."""
    remote_fraction_lost: float | None = None
    """Loss the peer reported last, 0 to 1; None before its first report."""
    remote_deaf_reports: int = 0
    """The peer's last reports in a row that tell of nothing of ours that came since the one before,
    though a second of sound or more was sent."""
    remote_packets_lost: int | None = None
    remote_jitter_ms: float | None = None
    round_trip_ms: float | None = None
    """From the peer's last report on us (RFC 3550 §6.4.1, or RFC 3611 §4.5 where we only listen);
    None before one came."""
    remote_r_factor: float | None = None
    """How the peer says that we sound there (RFC 3611 §4.7); None: it says nothing."""
    remote_mos: float | None = None
    """The same as a mean opinion score of listening, 1 to 5."""
    remote_discarded: float | None = None
    """Share of our packets that came there and were of no use, 0 to 1 (RFC 3611 §4.7.1)."""
    packets_extended_malformed: int = 0
    """Blocks of RTCP XR (RFC 3611) that cannot be read; the rest of their packets counts."""
