"""Who opens the DTLS association: `a=setup` in offer and answer (RFC 4145 §4, RFC 5763 §5)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from media.security.fingerprint import Fingerprint


class Setup(enum.Enum):
    """What a description says about that. The value is the word in it."""

    ACTIVE = "active"
    PASSIVE = "passive"
    ACTPASS = "actpass"
    HOLDCONN = "holdconn"

    @property
    def opposite(self) -> Setup:
        """What it makes of the other side: a definite role. We prefer to be the client."""
        return Setup.PASSIVE if self is Setup.ACTIVE else Setup.ACTIVE


@dataclass(frozen=True, slots=True)
class DtlsTerms:
    """What two descriptions agreed to about keys by DTLS."""

    setup: Setup
    """Ours: ACTIVE (client) or PASSIVE (server)."""
    peer: frozenset[Fingerprint]
    """Its certificate has one of these."""


IN_OFFER: Final = Setup.ACTIVE
"""What an offer means that says nothing (RFC 4145 §4)."""
IN_ANSWER: Final = Setup.PASSIVE


def setup_said(value: str | None, default: Setup) -> Setup | None:
    """What a description says; None: a word of no meaning."""
    if value is None:
        return default
    known = {setup.value: setup for setup in Setup}
    return known.get(value.strip().lower())


def answering_setup(theirs: Setup, current: Setup | None) -> Setup:
    """Our role in an answer; a `current` one is kept where the offer leaves the choice to us.

    RFC 5763 §5: whoever answers should be active, so that its first packets open the way.
    """
    if theirs is Setup.ACTPASS and current is not None:
        return current
    return theirs.opposite
