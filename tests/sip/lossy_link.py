"""Two transaction layers that meet in memory over a link that loses, doubles and delays."""

import heapq
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from sip.flow import Address, Flow, Transport
from sip.syntax.message import Request, Response, make_response, parse_message
from sip.transaction.effects import Effect, RequestArrived, Send, TransactionEvent
from sip.transaction.layer import TransactionLayer

DELAY = 0.01


@dataclass
class End:
    """One side: its layer, its address, what it was told, and how it answers requests."""

    address: Address
    answers: tuple[int, ...] = ()
    layer: TransactionLayer = field(default_factory=TransactionLayer)
    told: list[tuple[float, TransactionEvent]] = field(default_factory=list)


class LossyLink:
    """Carries every `Send` after 10 ms, except the datagrams whose number is in `lost`.

    Those in `doubled` arrive twice. Messages go as bytes, so that writing and reading them is part
    of the way.
    """

    def __init__(
        self,
        *ends: End,
        lost: Iterable[int] = (),
        doubled: Iterable[int] = (),
        transport: Transport = Transport.UDP,
    ) -> None:
        self.now = 0.0
        self.log: list[tuple[float, str]] = []
        self._ends = {end.address: end for end in ends}
        self._lost, self._doubled = frozenset(lost), frozenset(doubled)
        self._transport = transport
        self._numbers = itertools.count()
        self._order = itertools.count()
        self._under_way: list[tuple[float, int, bytes, Flow]] = []

    def flow(self, sender: End, receiver: End) -> Flow:
        """How `sender` reaches `receiver`."""
        return Flow(self._transport, sender.address, receiver.address)

    def carry(self, sender: End, effects: Iterable[Effect]) -> None:
        """Do what `sender` wants done."""
        for effect in effects:
            if isinstance(effect, Send):
                self._dispatch(sender, effect)
                continue
            sender.told.append((self.now, effect))
            if isinstance(effect, RequestArrived):
                for code in sender.answers:
                    response = make_response(effect.request, code, to_tag="b")
                    self.carry(
                        sender, sender.layer.send_response(effect.transaction, response, self.now)
                    )

    def run(self, until: float = 1000.0) -> None:
        """Deliver and fire timers in order of time until nothing is left to do."""
        while (at := self._next()) is not None and at <= until:
            self.now = at
            if self._under_way and self._under_way[0][0] <= at:
                _, _, data, flow = heapq.heappop(self._under_way)
                receiver = self._ends[flow.local]
                self.carry(receiver, receiver.layer.receive(parse_message(data), flow, at))
                continue
            for end in self._ends.values():
                if end.layer.deadline is not None and end.layer.deadline <= at:
                    self.carry(end, end.layer.on_timer(at))

    def _next(self) -> float | None:
        waits = [end.layer.deadline for end in self._ends.values()]
        if self._under_way:
            waits.append(self._under_way[0][0])
        return min((at for at in waits if at is not None), default=None)

    def _dispatch(self, sender: End, effect: Send) -> None:
        number = next(self._numbers)
        self.log.append((round(self.now, 6), _name(effect.message)))
        if number in self._lost:
            return
        arrives_by = Flow(effect.flow.transport, effect.flow.remote, sender.address)
        for _ in range(2 if number in self._doubled else 1):
            entry = (self.now + DELAY, next(self._order), bytes(effect.message), arrives_by)
            heapq.heappush(self._under_way, entry)


def _name(message: Request | Response) -> str:
    return message.method if isinstance(message, Request) else str(message.code)
