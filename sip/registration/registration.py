"""One account's registration: with its primary server, or with the secondary in its stead."""

from collections.abc import Callable
from typing import Final

from sip.account import Account, RegistrationChanged, RegistrationState
from sip.client.outcome import Outcome
from sip.client.retry_after import retry_after_s
from sip.flow import Flow
from sip.registration.backoff import wait_s
from sip.registration.binding import Binding, Verdict
from sip.registration.steps import Step, after
from sip.session.endpoint import Effect, Endpoint

PRIMARY: Final = 1
SECONDARY: Final = 2
"""The `reg-id` of each."""

SHORTEST_PAUSE_S: Final = 1.0
"""Between two tries of the primary, however soon it is to be tried again."""

_IDLE: Final = (
    RegistrationState.UNREGISTERED,
    RegistrationState.REFUSED,
    RegistrationState.UNREGISTERING,
)


class Registration:
    """Keeps an account registered with one server at a time, the primary if it can be had.

    While the secondary serves, the primary is tried by a REGISTER of its own; the secondary is
    given up only when that has succeeded, so that there is always one to be reached by.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        account: Account,
        on_gone: Callable[["Registration", float], list[Effect]],
    ) -> None:
        """`on_gone(self, now)` is called when nothing is left to unregister.

        The account has a registrar.
        """
        self.account = account
        self.state = RegistrationState.UNREGISTERED
        self.superseded = False
        """Another registration of the account is told of, and this one no more."""
        self._endpoint = endpoint
        self._on_gone = on_gone
        servers = [account.registrar, account.secondary_server]
        self._bindings = [
            Binding(endpoint, account, server, number, self._on_verdict)
            for number, server in enumerate(servers, PRIMARY)
            if server is not None
        ]
        self._failed: set[int] = set()  # the positions of the servers that failed in this round
        self._failures = 0  # rounds in which all failed, in a row
        self._probed_at = 0.0
        self._primary_refuses = False
        self._told: RegistrationChanged | None = None

    @property
    def serving(self) -> Binding | None:
        """The binding that we are reached by."""
        return next((binding for binding in self._bindings if binding.held), None)

    def has_line(self, line: str) -> bool:
        """Whether `line` is that of a Contact of ours."""
        return any(binding.line == line for binding in self._bindings)

    def rename(self, key: str) -> None:
        """Send requests in the name of the account that the endpoint knows as `key`."""
        for binding in self._bindings:
            binding.key = key

    # Commands

    def start(self, now: float) -> list[Effect]:
        """Begin to register."""
        self._take(Step.START)
        told = self._tell(self._bindings[0], 0, "", None)
        return [*told, *self._bindings[0].register(now)]

    def stop(self, now: float) -> list[Effect]:
        """Unregister, wherever we are or may be registered."""
        if self.state in (RegistrationState.UNREGISTERED, RegistrationState.UNREGISTERING):
            return []
        self._take(Step.STOP)
        self._clear_alarms()
        leaving = [binding for binding in self._bindings if binding.held or binding.asking]
        told = self._tell((leaving or self._bindings)[0], 0, "", None)
        effects = [effect for binding in leaving for effect in binding.unregister(now)]
        return [*told, *effects, *([] if leaving else self._gone(None, now))]

    def on_network_changed(self, now: float) -> list[Effect]:
        """Register anew, at once: our address or the way to the server may be another."""
        if self.state in _IDLE:
            return []
        self._clear_alarms()
        self._failed.clear()
        self._failures = 0
        again = [binding for binding in self._bindings if binding.held or binding.asking]
        again = again or self._bindings[:1]
        return [effect for binding in again for effect in binding.restart(now)]

    def on_flow_failed(self, flow: Flow, now: float) -> list[Effect]:
        """A connection is gone, or nothing can be sent by `flow`."""
        if self.state in _IDLE:
            return []
        return [
            effect for binding in self._bindings for effect in binding.on_flow_failed(flow, now)
        ]

    # What servers say

    def _on_verdict(
        self, binding: Binding, verdict: Verdict, outcome: Outcome, held: bool, now: float
    ) -> list[Effect]:
        if self.state is RegistrationState.UNREGISTERING:
            return self._on_left(outcome, now)
        if self.state in _IDLE:
            return []
        match verdict:
            case Verdict.HELD:
                return self._on_held(binding, outcome, held, now)
            case Verdict.GONE:
                return []  # the stand-in has let us go
            case Verdict.REFUSED:
                return self._on_refused(binding, outcome)
            case Verdict.FAILED:
                return self._on_failed(binding, outcome, held, now)

    def _on_held(self, binding: Binding, outcome: Outcome, held: bool, now: float) -> list[Effect]:
        self._failures = 0
        self._failed.clear()
        self._endpoint.alarms.clear(self._retry)
        reason = outcome.problem or outcome.reason
        primary, *others = self._bindings
        if binding is primary:
            self._endpoint.alarms.clear(self._probe)
            self._take(Step.ACCEPTED)
            told = self._tell(binding, outcome.code, reason, binding.until)
            leaving = [other for other in others if other.held or other.asking]
            return [*told, *(effect for other in leaving for effect in other.unregister(now))]
        self._take(Step.STOOD_IN)
        if not held and not self._primary_refuses:
            due = now + self.account.seconds_until_failback
            self._endpoint.alarms.set(self._probe, due)
        return self._tell(binding, outcome.code, reason, binding.until)

    def _on_refused(self, binding: Binding, outcome: Outcome) -> list[Effect]:
        if any(other.held for other in self._bindings):
            self._primary_refuses = True  # the stand-in takes us, and goes on
            return []
        self._clear_alarms()
        for each in self._bindings:
            each.abandon()
        self._take(Step.REFUSED)
        reason = outcome.problem or f"{outcome.code} {outcome.reason}"
        return self._tell(binding, outcome.code, reason, None)

    def _on_failed(
        self, binding: Binding, outcome: Outcome, held: bool, now: float
    ) -> list[Effect]:
        if held:
            self._failed.clear()  # what others did before says nothing about now
        self._failed.add(self._bindings.index(binding))
        if any(other.held for other in self._bindings):
            if binding is self._bindings[0] and not self._primary_refuses:
                self._endpoint.alarms.set(self._probe, self._next_probe(now))
            return []
        if any(other.asking for other in self._bindings):
            return []
        for position, other in enumerate(self._bindings):
            if position not in self._failed:
                return other.register(now)
        return self._on_all_failed(binding, outcome, now)

    def _on_all_failed(self, binding: Binding, outcome: Outcome, now: float) -> list[Effect]:
        self._failures += 1
        self._failed.clear()
        wait = wait_s(self._failures - 1, self._endpoint.fraction())
        if outcome.response is not None:
            wait = max(wait, retry_after_s(outcome.response) or 0.0)
        self._take(Step.FAILED)
        self._endpoint.alarms.clear(self._probe)
        self._endpoint.alarms.set(self._retry, now + wait)
        return self._tell(binding, outcome.code, outcome.problem or outcome.reason, now + wait)

    def _on_left(self, outcome: Outcome, now: float) -> list[Effect]:
        if any(binding.asking or binding.leaving for binding in self._bindings):
            return []
        return self._gone(outcome, now)

    def _gone(self, outcome: Outcome | None, now: float) -> list[Effect]:
        for binding in self._bindings:
            binding.abandon()
        self._take(Step.GONE)
        code, reason = (0, "") if outcome is None else (outcome.code, outcome.reason)
        told = self._tell(self._bindings[0], code, reason, None)
        return [*told, *self._on_gone(self, now)]

    # Time

    def _next_probe(self, now: float) -> float:
        """When the primary is tried next: so long after the last try, not after its failure.

        A try that waits for a silent server repeats its request every 4 s, and so is itself what
        notices that the server is back.
        """
        return max(now + SHORTEST_PAUSE_S, self._probed_at + self.account.seconds_until_failback)

    def _probe(self, now: float) -> list[Effect]:
        primary = self._bindings[0]
        if primary.held or primary.asking:
            return []
        self._probed_at = now
        return primary.register(now)

    def _retry(self, now: float) -> list[Effect]:
        return self._bindings[0].register(now)

    def _clear_alarms(self) -> None:
        self._endpoint.alarms.clear(self._probe)
        self._endpoint.alarms.clear(self._retry)

    # State

    def _take(self, step: Step) -> None:
        self.state = after(self.state, step)

    def _tell(self, binding: Binding, code: int, reason: str, until: float | None) -> list[Effect]:
        """Say it, unless nothing has changed but the time until the next refresh."""
        event = RegistrationChanged(
            self.account.id, self.state, str(binding.server), code, reason, until
        )
        told, self._told = self._told, event
        if self.superseded:
            return []
        if told is not None and self.state is not RegistrationState.WAITING:
            same = (told.state, told.server, told.code, told.reason)
            if same == (event.state, event.server, event.code, event.reason):
                return []
        return [event]
