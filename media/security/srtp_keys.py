"""The keys of an encrypted stream, as both ends have agreed to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from media.security.srtp_suite import SrtpSuite


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """What protects one stream. Keys hold the master key and the master salt, never shown."""

    suite: SrtpSuite
    local: bytes = field(repr=False)
    """Of what we send."""
    remote: bytes = field(repr=False)
    """Of what the peer sends."""
    local_mki: bytes = b""
    """What our packets name our key by (MKI, RFC 3711 §3.1); empty: nothing."""
    remote_mki: bytes = b""
    """And the peer's."""
    remote_lifetime: int | None = None
    """Packets of RTP that the peer's key is good for, as it says; None: more than any call has."""
