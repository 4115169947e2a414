"""Session timers: a call whose peer vanished ends by itself (RFC 4028)."""

from collections.abc import Callable
from typing import Final

from sip.errors import MalformedHeader
from sip.session.capabilities import TIMER, asks_for
from sip.session.endpoint import Effect, Endpoint
from sip.syntax.message import Request, Response
from sip.syntax.session_expires import Refresher, SessionExpires

LOWEST_INTERVAL_S: Final = 90
"""No session interval may be shorter (§4, §5)."""

HIGHEST_INTERVAL_S: Final = 86400
"""Longer intervals that a peer asks for are as good as none, and are cut to this."""

FAREWELL_S: Final = 32
"""The BYE goes out this long before the end, but not before two thirds have passed (§10)."""

SHORTEST_PAUSE_S: Final = 10
"""Between a refresh that was refused and the next."""

Fields = tuple[tuple[str, str], ...]


class SessionTimer:
    """How long one session may go on without a refresh, and who of the two refreshes it.

    `on_refresh` is called when it is our turn, and `on_expiry` when nobody has refreshed it in
    time. Where the setting is off nothing is asked for, agreed to or called.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        on_refresh: Callable[[float], list[Effect]],
        on_expiry: Callable[[float], list[Effect]],
    ) -> None:
        self._endpoint = endpoint
        self._on_refresh = on_refresh
        self._on_expiry = on_expiry
        self._wanted_s = endpoint.session_timer_s
        self._minimum_s = LOWEST_INTERVAL_S
        self._ours: bool | None = None
        """Whether we refresh; None: nothing is agreed."""
        self._ends_at = 0.0

    # As the sender of an INVITE or UPDATE

    def request_fields(self) -> Fields:
        """Header fields of each INVITE and UPDATE of ours (§7.1, §7.4)."""
        if not self._wanted_s:
            return ()
        refresher = None
        if self._ours is not None:
            refresher = Refresher.UAC if self._ours else Refresher.UAS
        expires = SessionExpires(max(self._wanted_s, self._minimum_s), refresher)
        if self._minimum_s == LOWEST_INTERVAL_S:
            return (("Session-Expires", str(expires)),)
        return (("Session-Expires", str(expires)), ("Min-SE", str(self._minimum_s)))

    def too_brief(self, response: Response) -> bool:
        """Whether a 422 asks for a longer interval, which the next request will name (§7.3)."""
        minimum_s = _min_se(response)
        if not self._wanted_s or not self._minimum_s < minimum_s <= HIGHEST_INTERVAL_S:
            return False
        self._minimum_s = minimum_s
        return True

    def take_response(self, response: Response, now: float) -> None:
        """Agree to what a 2xx to our INVITE or UPDATE says (§7.2); silence ends the timer."""
        expires = _session_expires(response)
        if not self._wanted_s or expires is None:
            self.stop()
            return
        self._arm(expires.interval_s, now, ours=expires.refresher is not Refresher.UAS)

    def try_later(self, now: float) -> None:
        """Our refresh was refused: try once more in the middle of what is left (§10)."""
        pause_s = (self._ends_at - now) / 2
        if self._ours and pause_s > SHORTEST_PAUSE_S:
            self._endpoint.alarms.set(self._refresh, now + pause_s)

    # As its receiver

    def answer_fields(self, request: Request, now: float) -> Fields:
        """Header fields of our 2xx to an INVITE or UPDATE, and the agreement to them (§9)."""
        if not self._wanted_s:
            return ()
        asked = _session_expires(request)
        supported = asks_for(request, TIMER)
        interval_s = max(self._wanted_s, _min_se(request), self._minimum_s)
        if asked is not None:
            interval_s = min(interval_s, max(asked.interval_s, LOWEST_INTERVAL_S))
        refresher = self._refresher(asked, peer_can=supported)
        self._arm(interval_s, now, ours=refresher is Refresher.UAS)
        agreed = ("Session-Expires", str(SessionExpires(interval_s, refresher)))
        return (agreed, ("Require", TIMER)) if supported else (agreed,)

    def _refresher(self, asked: SessionExpires | None, *, peer_can: bool) -> Refresher:
        """Who refreshes, seen from the request that we answer: table 2 of §9."""
        if not peer_can:
            return Refresher.UAS
        if asked is not None and asked.refresher is not None:
            return asked.refresher
        return Refresher.UAS if self._ours else Refresher.UAC

    # Both

    def stop(self) -> None:
        """The session is over, or has no timer any more."""
        self._ours = None
        self._endpoint.alarms.clear(self._refresh)
        self._endpoint.alarms.clear(self._expire)

    def _arm(self, interval_s: int, now: float, *, ours: bool) -> None:
        interval_s = min(max(interval_s, LOWEST_INTERVAL_S), HIGHEST_INTERVAL_S)
        self._ours = ours
        self._ends_at = now + interval_s - min(FAREWELL_S, interval_s / 3)
        self._endpoint.alarms.set(self._expire, self._ends_at)
        if ours:
            self._endpoint.alarms.set(self._refresh, now + interval_s / 2)
        else:
            self._endpoint.alarms.clear(self._refresh)

    def _refresh(self, now: float) -> list[Effect]:
        return self._on_refresh(now)

    def _expire(self, now: float) -> list[Effect]:
        self.stop()
        return self._on_expiry(now)


def brevity(request: Request, endpoint: Endpoint) -> Fields | None:
    """The Min-SE of the 422 to a request whose interval is too short (§9); None: it will do.

    Who does not know session timers would not understand a 422, and gets what we choose.
    """
    asked = _session_expires(request)
    if not endpoint.session_timer_s or asked is None or not asks_for(request, TIMER):
        return None
    if asked.interval_s >= LOWEST_INTERVAL_S:
        return None
    return (("Min-SE", str(LOWEST_INTERVAL_S)),)


def _session_expires(message: Request | Response) -> SessionExpires | None:
    """None also for one that makes no sense: the session then has no timer, and goes on."""
    try:
        return message.session_expires
    except MalformedHeader:
        return None


def _min_se(message: Request | Response) -> int:
    try:
        return min(message.min_se or 0, HIGHEST_INTERVAL_S + 1)
    except MalformedHeader:
        return 0
