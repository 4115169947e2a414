"""What is tried, in which order, and when it is enough: the assistant's decisions, as pure values.

The safest comes first: TLS, then TCP, then UDP; those by which the domain says in the DNS that it
is to be reached come before the others. What ends the search early:

- A server that has said no is not asked again another way: it would say the same, and PBXs block
  the addresses of those who go on after a wrong password.
- A server that speaks TLS, and does not prove who it is, is not asked without TLS either: whoever
  stands between it and us would only have to show a certificate of his own to hear everything. A
  person has to decide.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sip.flow import Transport

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

SAFEST_FIRST: Final = (Transport.TLS, Transport.TCP, Transport.UDP)


class Came(enum.Enum):
    """What came of an attempt."""

    REGISTERED = "registered"
    PASSWORD_REFUSED = "password refused"  # noqa: S105 -- the name of a problem
    REFUSED = "refused"
    """The server has answered, and says no."""
    UNTRUSTED = "untrusted"
    """It speaks TLS, but nobody whom we trust vouches for it."""
    NOT_THERE = "not there"
    """Nobody answers, or not in this way."""


class End(enum.Enum):
    """Nothing more is tried."""

    WORKS = "works"
    REFUSED = "refused"
    ASKS = "asks"
    """A person has to decide about a certificate."""
    NOTHING_WORKS = "nothing works"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to the server."""

    transport: Transport
    pinned: bool = False
    """The server is believed by the very certificate that the caller has accepted."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt, and what came of it."""

    attempt: Attempt
    came: Came
    fingerprint: str = ""
    """Of the certificate that is not trusted: SHA-256, as `fingerprint_of` writes it."""


def ways(
    *,
    wished: Transport | None,
    advertised: Collection[Transport],
    port: int | None,
) -> tuple[Transport, ...]:
    """The transports in the order in which they are tried.

    `wished` is the only one that may be used, if there is one; `advertised` those that the DNS
    names; `port` the one that the installer has given. On 5060, the port of SIP without TLS, TLS
    comes last.
    """
    if wished is not None:
        return (wished,)
    order = sorted(SAFEST_FIRST, key=lambda each: bool(advertised) and each not in advertised)
    if port == Transport.UDP.default_port:
        order.sort(key=lambda each: each is Transport.TLS)
    return tuple(order)


def following(
    order: Sequence[Transport], tried: Sequence[Tried], *, accepted: str
) -> Attempt | End:
    """What to try after what was `tried`; `accepted` is the fingerprint that the caller accepts."""
    if not tried:
        return Attempt(order[0])
    latest = tried[-1]
    match latest.came:
        case Came.REGISTERED:
            return End.WORKS
        case Came.PASSWORD_REFUSED | Came.REFUSED:
            return End.REFUSED
        case Came.UNTRUSTED if latest.attempt.pinned or latest.fingerprint != accepted:
            return End.ASKS
        case Came.UNTRUSTED:
            return Attempt(latest.attempt.transport, pinned=True)
        case Came.NOT_THERE:
            left = order[order.index(latest.attempt.transport) + 1 :]
            return Attempt(left[0]) if left else End.NOTHING_WORKS


def fingerprint_of(text: str) -> str:
    """A fingerprint as people copy it, in one spelling: lower case, without what is between."""
    return "".join(each for each in text.lower() if each not in ": -\t")


@dataclass(frozen=True, slots=True)
class Sound:
    """How the sound of a call is kept from others (settings of an account)."""

    media_encryption: Literal["none", "best_effort", "mandatory"]
    media_key_exchange: Literal["sdes", "dtls"] = "sdes"

    def __str__(self) -> str:
        match self.media_encryption:
            case "none":
                return "sound is not encrypted"
            case "best_effort":
                return "sound is encrypted with phones that can"
            case "mandatory":
                return f"sound is encrypted (keys by {self.media_key_exchange.upper()})"


WITH_TLS: Final = (
    Sound("mandatory", "sdes"),
    Sound("mandatory", "dtls"),
    Sound("best_effort"),
    Sound("none"),
)
WITHOUT_TLS: Final = (Sound("none"), Sound("mandatory", "dtls"), Sound("mandatory", "sdes"))
"""SDES keys can be read on the way there, so that they are the last resort: for phones that take
nothing else."""


def sounds(transport: Transport, before: Sound) -> tuple[Sound, ...]:
    """The kinds of sound in the order in which calls try them.

    Each is tried when the one before it was refused for what it is. An account that insisted on
    encryption `before` goes on to do so.
    """
    kinds = WITH_TLS if transport is Transport.TLS else WITHOUT_TLS
    insists = before.media_encryption == "mandatory"
    return tuple(each for each in kinds if each.media_encryption == "mandatory" or not insists)


def untested_sound(transport: Transport, before: Sound) -> Sound:
    """What is set where no call has shown anything: as before, or what hinders no phone."""
    if before.media_encryption != "none":
        return before
    return Sound("best_effort") if transport is Transport.TLS else before
