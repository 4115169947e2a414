"""Keeping UDP flows alive, and noticing when they are not (RFC 5626 §3.5.2 and §4.4.2)."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sip.flow import Address, Flow
from sip.transport.stun_keep_alive import (
    TRANSACTION_BYTES,
    binding_request,
    mapped_address,
    transaction_answered,
)

CRLF: Final = b"\r\n\r\n"
"""What keeps a NAT open where the server does not answer STUN."""

MAXIMUM_FLOWS: Final = 256

_GAPS_S: Final = (0.5, 1.0, 2.0, 4.0)
"""How long each copy of a request is waited for (RFC 5389 §7.2.1): 7.5 s in all."""


@dataclass(frozen=True, slots=True)
class Datagram:
    """To be sent by `flow`."""

    data: bytes
    flow: Flow


@dataclass(frozen=True, slots=True)
class FlowIsDead:
    """The server does not answer any more, or sees us elsewhere: `why`, as end of a sentence."""

    flow: Flow
    why: str


Effect = Datagram | FlowIsDead


@dataclass(slots=True)
class _Watched:
    """What is known of one flow."""

    answers: bool | None = None  # whether the server speaks STUN; None: not known yet
    seen_at: Address | None = None  # where it saw us last
    transaction: bytes = b""  # of the question under way
    copies: int = 0
    deadline: float | None = None


class DatagramKeepAlives:
    """Asks servers by STUN whether they see us; falls back to CRLFs where they know no STUN.

    Opens no socket and reads no clock: each input takes `now` (monotonic seconds) and returns what
    to do; call `on_timer(now)` when `deadline` has passed. `random_bytes(n)` makes n bytes that
    nobody can guess.
    """

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._random_bytes = random_bytes
        self._flows: OrderedDict[Flow, _Watched] = OrderedDict()

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due; None while nothing is under way."""
        due = (each.deadline for each in self._flows.values() if each.deadline is not None)
        return min(due, default=None)

    def ask(self, flow: Flow, now: float) -> list[Effect]:
        """See whether `flow` still works; a question under way counts for this one too."""
        watched = self._flows.setdefault(flow, _Watched())
        self._flows.move_to_end(flow)
        if len(self._flows) > MAXIMUM_FLOWS:
            self._flows.popitem(last=False)
        if watched.answers is False:
            return [Datagram(CRLF, flow)]
        if watched.deadline is not None:
            return []
        watched.transaction = self._random_bytes(TRANSACTION_BYTES)
        watched.copies = 0
        return [self._copy(flow, watched, now)]

    def receive(self, datagram: bytes, source: Address) -> list[Effect]:
        """Take a STUN datagram; what answers no question of ours to `source` is dropped."""
        answered = transaction_answered(datagram)
        for flow, watched in self._flows.items():
            asked = watched.deadline is not None and flow.remote == source
            if asked and answered and watched.transaction == answered:
                return self._on_answer(flow, watched, mapped_address(datagram))
        return []

    def on_timer(self, now: float) -> list[Effect]:
        """Ask once more, or give up."""
        effects: list[Effect] = []
        for flow, watched in list(self._flows.items()):
            if watched.deadline is None or watched.deadline > now:
                continue
            if watched.copies < len(_GAPS_S):
                effects.append(self._copy(flow, watched, now))
            elif watched.answers:
                del self._flows[flow]
                effects.append(FlowIsDead(flow, "does not answer keep-alives any more"))
            else:
                watched.answers, watched.deadline = False, None
                effects.append(Datagram(CRLF, flow))
        return effects

    def _copy(self, flow: Flow, watched: _Watched, now: float) -> Datagram:
        watched.deadline = now + _GAPS_S[watched.copies]
        watched.copies += 1
        return Datagram(binding_request(watched.transaction), flow)

    def _on_answer(self, flow: Flow, watched: _Watched, seen_at: Address | None) -> list[Effect]:
        watched.answers, watched.deadline = True, None
        before, watched.seen_at = watched.seen_at, seen_at or watched.seen_at
        if before is None or seen_at is None or seen_at == before:
            return []
        del self._flows[flow]
        why = f"sees us at {seen_at.host}:{seen_at.port}, and before at {before.host}:{before.port}"
        return [FlowIsDead(flow, why)]
