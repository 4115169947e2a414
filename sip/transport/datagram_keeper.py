"""Runs the keep-alives of UDP flows by the loop's clock."""

import asyncio
import secrets
from collections.abc import Callable, Iterable

from sip.flow import Address, Flow
from sip.transport.datagram_keep_alive import Datagram, DatagramKeepAlives, Effect, FlowIsDead


class DatagramKeeper:
    """Does what `DatagramKeepAlives` wants: `send` takes datagrams, `on_death` dead flows."""

    def __init__(
        self, *, send: Callable[[bytes, Flow], None], on_death: Callable[[Flow, str], None]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._core = DatagramKeepAlives(secrets.token_bytes)
        self._send = send
        self._on_death = on_death
        self._timer: asyncio.TimerHandle | None = None

    def ask(self, flow: Flow) -> None:
        """See whether `flow`, whose remote host is an IP literal, still works."""
        self._carry_out(self._core.ask(flow, self._loop.time()))

    def receive(self, datagram: bytes, source: Address) -> None:
        """Take a STUN datagram."""
        self._carry_out(self._core.receive(datagram, source))

    def close(self) -> None:
        """Ask nobody any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Datagram(data, flow):
                    self._send(data, flow)
                case FlowIsDead(flow, why):
                    self._on_death(flow, why)
        self.close()
        due = self._core.deadline
        self._timer = None if due is None else self._loop.call_at(due, self._on_timer, due)

    def _on_timer(self, due: float) -> None:
        self._carry_out(self._core.on_timer(max(due, self._loop.time())))
