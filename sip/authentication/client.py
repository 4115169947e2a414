"""Answers challenges (RFC 3261 §22.2, §22.3; RFC 7616 §3.4; RFC 8760 §2.4)."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from sip.authentication.authentication_info import AuthenticationInfo
from sip.authentication.authorization import Authorization
from sip.authentication.challenge import Challenge
from sip.authentication.credentials import Credentials
from sip.authentication.digest import Algorithm
from sip.authentication.fields import Asker, readable
from sip.authentication.known_challenge import KnownChallenge
from sip.errors import MalformedHeader
from sip.syntax.grammar import shown
from sip.syntax.message import Request, Response

MAXIMUM_REALMS: Final = 8
"""Challenges that are remembered. Those of a server and three proxies are four."""

MAXIMUM_STALE: Final = 3
"""How often in a row our answer may come too late. A server that always says so is broken."""

_UNCHALLENGEABLE: Final = ("ACK", "CANCEL")


class Obstacle(enum.Enum):
    """Why a challenge is not answered."""

    WRONG_PASSWORD = "wrong password"  # noqa: S105 -- the name of a problem
    """The server asks again after our answer: another try would end no better."""

    ALWAYS_STALE = "always stale"
    UNKNOWN_ALGORITHM = "unknown algorithm"
    """Nothing that it offers is known to us: no algorithm, no `qop`."""

    MALFORMED = "malformed"
    """No challenge could be read, be it only that its scheme is not Digest."""

    NOT_CHALLENGED = "not challenged"
    """It is no 401 or 407, or holds no challenge, or nobody may challenge the request."""


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """The request is not to be sent again: the response that brought the challenge is final."""

    obstacle: Obstacle
    why: str
    """In words, for the log."""


class _Space(NamedTuple):
    """Whom an answer is for: those who know the users of `realm`."""

    asker: Asker
    realm: str


class _Offer(NamedTuple):
    """A challenge of which we know all that it takes to answer it."""

    challenge: Challenge
    algorithm: Algorithm

    @property
    def strength(self) -> tuple[int, bool]:
        """Greater is harder to break: without a `qop`, nothing of ours goes into what is hashed."""
        return self.algorithm.strength, self.challenge.qop is not None


class DigestClient:
    """Proves to servers that we know the password of `credentials`.

    Does not know where a request goes or where a response came from: give it only those of servers
    that may see the credentials. `token` yields a new random word, of 64 bits or more, each time.
    Opens no socket and reads no clock.
    """

    def __init__(self, credentials: Credentials, token: Callable[[], str]) -> None:
        self._credentials = credentials
        self._token = token
        self._known: dict[_Space, KnownChallenge] = {}

    def authorize(self, request: Request) -> Request:
        """`request` with credentials for those who have asked before, which saves a round trip.

        For proxies always; for the destination if a request with the same To was challenged (RFC
        3261 §22.2, §22.3). ACK and CANCEL stay as they are, for nobody may challenge them: an ACK
        to a 2xx carries what its INVITE carried (§22.1). Credentials of ours that `request` holds
        already are replaced: authorize it again before it goes to another server, or that one would
        seem to refuse what the first had asked for.
        """
        if request.method in _UNCHALLENGEABLE:
            return request
        destination = _destination(request)
        spaces = [
            space
            for space, known in self._known.items()
            if not known.refused
            and known.challenge.qop is not None  # without one, a nonce may be good only once
            and (space.asker is Asker.PROXY or known.destination == destination)
        ]
        for space in self._sent(request):
            request = _without_credentials(request, space)
        return self._with_credentials(request, spaces, asked_for=False)

    def answer(self, request: Request, response: Response) -> Request | Unanswerable:
        """`request` again, with what `response` to it asks for; the caller sets CSeq and Via.

        `request` is what was sent, credentials included: they show whether the server refuses our
        password. Every realm that asks is answered by the strongest algorithm that it offers and
        we know, of equal ones the topmost. One realm that cannot be answered does not stop the
        others: behind a proxy that forks, one may be enough.
        """
        if response.code not in (401, 407) or request.method in _UNCHALLENGEABLE:
            why = f"{response.code} to {shown(request.method)} asks for no credentials"
            return Unanswerable(Obstacle.NOT_CHALLENGED, why)
        problems: list[str] = []
        offered = [
            (_Space(asker, challenge.realm), challenge)
            for asker in Asker
            for challenge in readable(response, asker.challenge, Challenge.parse, problems)
        ]
        chosen = _strongest(offered)
        if not chosen:
            return _unmet(offered, problems)
        sent = self._sent(request)
        for space, offer in chosen.items():
            refusal = self._refusal(space, offer.challenge, sent.get(space))
            if refusal is not None:
                return refusal
        for space, offer in chosen.items():
            self._learn(space, offer, request)
        # What others have asked before is sent again as well, and counted, for it is a new request.
        others = [space for space in sent if space not in chosen]
        return self._with_credentials(
            self._with_credentials(request, others, asked_for=False), chosen, asked_for=True
        )

    def recount(self, request: Request) -> Request:
        """`request` as a new one: credentials of ours count on (`nc`), or they seem to be replayed.

        What others put there stays as it is.
        """
        return self._with_credentials(request, self._sent(request), asked_for=False)

    def confirm(self, request: Request, response: Response) -> bool:
        """Hear what a final response other than 401 and 407 says of the credentials it has taken.

        It may name the nonce for the next request. False only when it claims to know the password,
        too (`rspauth`), and does not (RFC 7616 §3.5): then it does not come from our server.
        """
        honest = True
        sent = self._sent(request)
        for asker in Asker:
            ours = [authorization for space, authorization in sent.items() if space.asker is asker]
            for info in readable(response, asker.information, AuthenticationInfo.parse, []):
                taken = [
                    authorization
                    for authorization in ours
                    if not info.rspauth
                    or info.proves(authorization, self._credentials, response.body)
                ]
                honest = honest and bool(taken or not info.rspauth)
                if len(taken) == 1 and info.nextnonce:  # the field names no realm
                    self._take_next_nonce(_Space(asker, taken[0].realm), info.nextnonce)
        return honest

    def _take_next_nonce(self, space: _Space, nonce: str) -> None:
        known = self._known.get(space)
        if known is not None:
            known.stale_in_a_row = 0
            known.take_next_nonce(nonce)

    def _sent(self, request: Request) -> dict[_Space, Authorization]:
        """The credentials in `request` that are of our making.

        Other clients may have put theirs there, for realms that are unknown here.
        """
        return {
            space: authorization
            for asker in Asker
            for authorization in readable(request, asker.credentials, Authorization.parse, [])
            if (space := _Space(asker, authorization.realm)) in self._known
        }

    def _refusal(
        self, space: _Space, challenge: Challenge, sent: Authorization | None
    ) -> Unanswerable | None:
        """Why `challenge` is not to be answered after what was `sent`; None: it is to be."""
        known = self._known.get(space)
        if known is None:
            return None
        if sent is None or not known.was_asked_for(sent):
            # Credentials that nobody asked for prove nothing: servers forget their nonces when they
            # start again, and not all of them call the old ones stale.
            known.stale_in_a_row = 0
            return None
        if not challenge.stale:
            known.refused = True
            why = f"realm {shown(space.realm)} does not take our password"
            return Unanswerable(Obstacle.WRONG_PASSWORD, why)
        known.stale_in_a_row += 1
        if known.stale_in_a_row > MAXIMUM_STALE or challenge.nonce == sent.nonce:
            why = f"realm {shown(space.realm)} calls stale what it has only just asked for"
            return Unanswerable(Obstacle.ALWAYS_STALE, why)
        return None

    def _learn(self, space: _Space, offer: _Offer, request: Request) -> None:
        """Remember a challenge as the latest of `space`; the one challenged longest ago may go."""
        destination = _destination(request)
        known = self._known.pop(space, None)
        if known is None:
            known = KnownChallenge(*offer, self._token(), destination)
        else:
            known.renew(*offer, self._token(), destination)
        self._known[space] = known
        if len(self._known) > MAXIMUM_REALMS:
            del self._known[next(iter(self._known))]

    def _with_credentials(
        self, request: Request, spaces: Iterable[_Space], *, asked_for: bool
    ) -> Request:
        """`request` with new credentials for `spaces`, in the place of older ones."""
        for space in spaces:
            known = self._known.get(space)
            if known is not None:
                new = known.authorization(request, self._credentials, asked_for=asked_for)
                headers = _without_credentials(request, space).headers
                headers = headers.with_added(space.asker.credentials, str(new))
                request = replace(request, headers=headers)
        return request


def _without_credentials(request: Request, space: _Space) -> Request:
    name = space.asker.credentials
    others = [text for text in request.headers.get_all(name) if not _is_for(space.realm, text)]
    headers = request.headers.without(name)
    for text in others:
        headers = headers.with_added(name, text)
    return replace(request, headers=headers)


def _destination(request: Request) -> str:
    """Whom a request is for, as far as remembered credentials are concerned (RFC 3261 §22.2)."""
    return str(request.to.uri)


def _strongest(offered: Iterable[tuple[_Space, Challenge]]) -> dict[_Space, _Offer]:
    """What to answer in each space; of equals the topmost."""
    chosen: dict[_Space, _Offer] = {}
    for space, challenge in offered:
        algorithm = challenge.algorithm
        if algorithm is None or not challenge.answerable:
            continue
        offer = _Offer(challenge, algorithm)
        if space not in chosen or offer.strength > chosen[space].strength:
            chosen[space] = offer
    return chosen


def _unmet(offered: Sequence[tuple[_Space, Challenge]], problems: Sequence[str]) -> Unanswerable:
    """Why nothing that was `offered` can be answered."""
    if offered:
        wanted = {
            f"{challenge.algorithm_name or 'MD5'} with qop {' or '.join(challenge.qop_names)}"
            for _, challenge in offered
        }
        return Unanswerable(Obstacle.UNKNOWN_ALGORITHM, shown(f"only {', '.join(sorted(wanted))}"))
    if problems:
        return Unanswerable(Obstacle.MALFORMED, problems[0])
    return Unanswerable(Obstacle.NOT_CHALLENGED, "it names no challenge")


def _is_for(realm: str, text: str) -> bool:
    try:
        return Authorization.parse(text).realm == realm
    except MalformedHeader:
        return False
