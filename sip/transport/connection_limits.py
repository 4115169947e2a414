"""What the peers at the other end of our connections may ask of us."""

from dataclasses import dataclass

from sip.transaction.timers import T1


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionLimits:
    """Bounds of each stream connection and of all together."""

    connections: int = 256
    """How many stand at once, those that are being opened included."""

    per_source: int = 128
    """How many of them one address may hold, so that the others find room."""

    handshake_s: float = 10.0
    """How long a caller may take to agree on TLS."""

    pong_s: float = 10.0
    """How long a peer may take to answer a ping of ours (RFC 5626 §4.4.1)."""

    message_s: float = 64 * T1
    """How long a message may take from its first byte to its last, and a new caller to its first
    message. Whoever asked has given up by then (timers B and F)."""

    idle_s: float = 7200.0
    """How long a connection may carry nothing: longer than a call may last (an hour), as a call
    needs no signalling. A peer that is gone is found by the probes of TCP within minutes."""

    spare_s: float = 64 * T1
    """How long a connection must have carried nothing to make room for a new one: no transaction
    lives longer without a word."""

    unsent_bytes: int = 262144
    """How much may wait for a peer that does not read: four of the longest messages."""

    connect_s: float = 10.0
    """How long a connection may take to open."""

    waiting_messages: int = 64
    """How many messages may wait for one connection to open."""
