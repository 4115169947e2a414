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
    packets_foreign: int = 0
    """From another source than the latched peer."""
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
    source_changes: int = 0
    """Times the peer's SSRC changed or its numbering started again."""

    packets_sent: int = 0
    octets_sent: int = 0
    """Payload octets (the RTCP sense)."""
    remote_fraction_lost: float | None = None
    """Loss the peer reported last, 0 to 1; None before its first report."""
    remote_packets_lost: int | None = None
    remote_jitter_ms: float | None = None
    round_trip_ms: float | None = None
    """From the peer's last report on us (RFC 3550 §6.4.1); None before one came."""
