"""The methods that somebody has registered."""

from __future__ import annotations

from typing import Final

KNOWN_METHODS: Final = frozenset(
    {
        "ACK",
        "BYE",
        "CANCEL",
        "INFO",  # RFC 6086
        "INVITE",
        "MESSAGE",  # RFC 3428
        "NOTIFY",  # RFC 6665
        "OPTIONS",
        "PRACK",  # RFC 3262
        "PUBLISH",  # RFC 3903
        "REFER",  # RFC 3515
        "REGISTER",
        "SUBSCRIBE",  # RFC 6665
        "UPDATE",  # RFC 3311
    }
)
"""Recognised, whether supported or not: the difference between 405 and 501 (RFC 3261 §21.5.2)."""
