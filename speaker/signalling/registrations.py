"""How each account stands with its servers: told to the bus, and to the log in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from sip.account import RegistrationState
from speaker.change import NOTHING, Prepared
from speaker.signalling.failure_words import registration_failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sip.account import RegistrationChanged
    from speaker.change import Change
    from speaker.events import Bus

log = structlog.get_logger(__name__)

CONDITION: Final = "sip.registration"

ALARM_AFTER_S: Final = 300.0
"""An account that has been without a server for this long is cried out about: by then every server
has been tried several times, and calls have been missed."""

ALARM_AGAIN_S: Final = 3600.0

REACHABLE: Final = (RegistrationState.REGISTERED, RegistrationState.SECONDARY)
"""States in which people can call by the account's number."""

LEAVING: Final = (RegistrationState.UNREGISTERED, RegistrationState.UNREGISTERING)
"""States that somebody here has asked for."""


@dataclass(slots=True)
class _Absence:
    """Since when an account has no server, and when to cry out next. Monotonic seconds."""

    since: float
    alarm_at: float


class Registrations:
    """The registered accounts of the device, each with its state. `now` is in monotonic seconds."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._known: frozenset[str] = frozenset()
        self._absences: dict[str, _Absence] = {}
        self._latest: dict[str, RegistrationChanged] = {}
        self._guests: set[str] = set()

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`."""
        if not change.concerns(lambda settings: settings.sip.accounts):
            return NOTHING
        accounts = [each.id for each in change.new.sip.accounts if each.active]
        return Prepared(lambda _now: self.know(accounts))

    def know(self, accounts: Sequence[str]) -> None:
        """These are the active accounts; of one that was, only the farewell is of interest."""
        for account in accounts:
            if account not in self._known:
                self._publish(account, RegistrationState.UNREGISTERED)
        gone = self._known.difference(accounts)
        self._known = frozenset(accounts)
        for account in gone:
            self._absences.pop(account, None)
            if self._state_of(account) is RegistrationState.UNREGISTERED:
                self._forget(account)

    def _state_of(self, account: str) -> RegistrationState:
        latest = self._latest.get(account)
        return RegistrationState.UNREGISTERED if latest is None else latest.state

    def _forget(self, account: str) -> None:
        self._latest.pop(account, None)
        self._bus.forget(CONDITION, of=account)

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due."""
        return min((absence.alarm_at for absence in self._absences.values()), default=None)

    @property
    def leaving(self) -> bool:
        """Whether a server has been asked to forget us and has not answered."""
        leaving = RegistrationState.UNREGISTERING
        return any(event.state is leaving for event in self._latest.values())

    def latest(self, account: str) -> RegistrationChanged | None:
        """What was told of an account last."""
        return self._latest.get(account)

    def expect_guest(self, account: str) -> None:
        """Tell nobody of an account that is in no settings, until it has gone."""
        self._guests.add(account)

    def on_changed(self, event: RegistrationChanged, now: float) -> None:
        """Take news of an account."""
        self._latest[event.account] = event
        if event.account in self._guests:
            if event.state is RegistrationState.UNREGISTERED:
                self._guests.discard(event.account)
                self._latest.pop(event.account)
            return
        self._publish(
            event.account, event.state, server=event.server, code=event.code, reason=event.reason
        )
        if event.account not in self._known:
            if event.state is RegistrationState.UNREGISTERED:
                self._forget(event.account)
        elif event.state in REACHABLE:
            self._on_reachable(event, now)
        elif event.state in LEAVING:
            self._absences.pop(event.account, None)
        else:  # from now on it is missed
            self._absences.setdefault(event.account, _Absence(now, now + ALARM_AFTER_S))
            if event.code:
                self._log_failure(event)

    def on_timer(self, now: float) -> None:
        """Cry out about the accounts that have been without a server for too long."""
        for account, absence in self._absences.items():
            if absence.alarm_at <= now:
                absence.alarm_at = now + ALARM_AGAIN_S
                log.error(
                    "ALARM: account is not registered; nobody can call it by its number",
                    account=account,
                    minutes=round((now - absence.since) / 60),
                    why=self._why(account),
                )

    def _why(self, account: str) -> str:
        event = self._latest.get(account)
        if event is None or not event.code:
            return "no server has answered yet"
        return registration_failure(event.code, event.reason)

    def _on_reachable(self, event: RegistrationChanged, now: float) -> None:
        absence = self._absences.pop(event.account, None)
        details: dict[str, str | int] = {"account": event.account, "server": event.server}
        if absence is not None and now - absence.since >= 1.0:
            details["after_s"] = round(now - absence.since)
        if event.state is RegistrationState.SECONDARY:
            log.warning("registered with the secondary server; the primary fails", **details)
        else:
            log.info("registered", **details)

    def _log_failure(self, event: RegistrationChanged) -> None:
        tell = log.error if event.state is RegistrationState.REFUSED else log.warning
        tell(
            "not registered",
            account=event.account,
            server=event.server,
            code=event.code,
            why=registration_failure(event.code, event.reason),
            next="nothing until the settings change"
            if event.state is RegistrationState.REFUSED
            else "tries again by itself",
        )

    def _publish(
        self,
        account: str,
        state: RegistrationState,
        *,
        server: str = "",
        code: int = 0,
        reason: str = "",
    ) -> None:
        self._bus.set(
            CONDITION,
            state.value,
            of=account,
            account=account,
            server=server,
            code=code,
            reason=reason,
        )
