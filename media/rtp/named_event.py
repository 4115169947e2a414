"""A named telephone event's packet as it came in, for whoever knows what the events mean."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedEventPacket:
    """One RTP packet of the `telephone-event` format (RFC 4733), its payload not interpreted."""

    payload_type: int
    payload: bytes
    rtp_timestamp: int
    """RTP clock units, 32 bits: the start of the event, the same in all packets of one event."""
    marker: bool
