"""What the transport has carried, and what it has dropped and why."""

from dataclasses import dataclass


@dataclass(slots=True)
class TransportCounters:
    """Counts since the start. All but the first three are losses."""

    received: int = 0
    """Messages handed to the core, whole but not yet parsed."""

    sent: int = 0
    """Messages given to the network."""

    keep_alives: int = 0
    """Datagrams that only keep a NAT open."""

    too_many: int = 0
    """Messages and connections turned away as their source sends more than its share."""

    unsendable: int = 0
    """Messages that the network would not take, of which the core was told."""

    congested: int = 0
    """Datagrams dropped as the socket's buffer was full; their retransmission makes it good."""

    unresolved: int = 0
    """Lookups that found nothing, and messages to what is no IP address."""

    refused_connections: int = 0
    """Connections beyond the limit."""

    failed_handshakes: int = 0
    """Connections on which TLS did not come about, whoever opened them."""

    unanswered_pings: int = 0
    """Flows given up because nothing answered a keep-alive of ours."""

    overdue_connections: int = 0
    """Connections closed because their peer was too slow to write or to read."""

    malformed_streams: int = 0
    """Connections closed because nobody could tell where the next message starts."""
