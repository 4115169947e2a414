"""Session descriptions for people to read: without what must stay secret."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "***"
LONGEST_SHOWN: Final = 4_000
"""Characters; a description that is longer is cut, after it has been masked."""

_SECRETS: Final = (
    # RFC 4568: all but the tag and the suite.
    re.compile(r"((?i:a\s*=\s*crypto\s*:)\s*(?:[0-9]{1,9}\s+[A-Z0-9_]{1,40}(?=\s))?).*"),
    # The keys of older drafts and of MIKEY (RFC 4566 §5.12, RFC 4567).
    re.compile(r"(?i)(k\s*=|a\s*=\s*key-mgmt\s*:).*"),
    # Whoever has the password of ICE can pass for the peer (RFC 8839 §5.4).
    re.compile(r"(?i)(a\s*=\s*ice-pwd\s*:).*"),
)


def masked(description: bytes) -> str:
    """The text of an SDP body with keys and passwords replaced, a line break after each line.

    Anything may be in it: what cannot be shown is escaped. Fingerprints of certificates (RFC 8122)
    stay, as they are public and there to be compared.
    """
    text = description.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    shown = ""
    for line in text.split("\n"):
        if line.strip():
            shown += f"{_masked_line(line.strip())}\n"
        if len(shown) > LONGEST_SHOWN + 1:  # a hostile one has 30,000 lines, and costs 100 ms
            return f"{shown[:LONGEST_SHOWN]}\n…"
    return shown.removesuffix("\n")


def _masked_line(line: str) -> str:
    for secret in _SECRETS:
        found = secret.match(line)
        if found:
            line = f"{found[1].rstrip()} {MASK}"
    if "inline:" in line.lower():  # a key, wherever it was hidden
        line = re.sub(r"(?i)inline:\S*", f"inline:{MASK}", line)
    return escaped(line)


def escaped(text: str) -> str:
    """What a peer has written, without anything that a terminal would obey."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
