"""The loopback interface, by both its addresses."""

LOOPBACK = "127.0.0.1"
LOOPBACK_6 = "::1"


def in_uri(address: str) -> str:
    """An address as it stands in a URI: IPv6 in brackets (RFC 3261 §19.1.1)."""
    return f"[{address}]" if ":" in address else address
