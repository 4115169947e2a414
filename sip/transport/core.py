"""What the sockets of SIP serve: a user agent, and whoever listens to what passes."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from sip.flow import Flow
from sip.location.effects import LookupId, Target
from sip.transaction.effects import TransportEffect

EventT_co = TypeVar("EventT_co", covariant=True)


class Tap(Protocol):
    """Hears each message that is sent or has arrived, as text, also where TLS carries it."""

    def __call__(self, data: bytes, flow: Flow, *, is_sent: bool) -> None:
        """Take one; quickly."""


class SipCore(Protocol[EventT_co]):
    """What the transport needs of a user agent. None of these raises because of a peer."""

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due (seconds of the loop's clock)."""

    def receive(self, data: bytes, flow: Flow, now: float) -> Sequence[TransportEffect | EventT_co]:
        """Take the bytes of one message."""

    def flow_failed(self, flow: Flow, now: float) -> Sequence[TransportEffect | EventT_co]:
        """Learn that nothing can be sent by `flow`."""

    def located(
        self, lookup: LookupId, targets: tuple[Target, ...], now: float
    ) -> Sequence[TransportEffect | EventT_co]:
        """Take the places that a `Locate` asked for, the best first; none: nothing was found."""

    def on_timer(self, now: float) -> Sequence[TransportEffect | EventT_co]:
        """Let time pass."""
