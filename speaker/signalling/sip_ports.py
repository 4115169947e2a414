"""The ports of SIP: opened before a change of the settings is promised, kept over a restart."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conf.validation.problem import Problem, shown
from sip.transport.listening import (
    CannotListen,
    Listeners,
    open_listeners,
    open_tls_listeners,
)
from speaker.change import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from speaker.kept_sockets import KeptSockets, NamedSocket

PLAIN, TLS = "sip", "tls"
"""The names by which they are kept."""


@dataclass(frozen=True, slots=True)
class SipPorts:
    """Listening sockets; None: those that there are stay."""

    plain: Listeners | None = None
    """Of UDP and TCP."""
    tls: Listeners | None = None

    def close(self) -> None:
        """Give the ports back."""
        for listeners in (self.plain, self.tls):
            if listeners is not None:
                listeners.close()

    def updated(self, new: SipPorts) -> SipPorts:
        """What there is once `new` ones have taken the place of the old."""
        return SipPorts(new.plain or self.plain, new.tls or self.tls)

    def named(self) -> list[NamedSocket]:
        """All of them, each with its name."""
        plain = () if self.plain is None else (*self.plain.udp, *self.plain.tcp)
        tls = () if self.tls is None else self.tls.tcp
        return [*((PLAIN, each) for each in plain), *((TLS, each) for each in tls)]


class PortOpener:
    """Takes what was kept, or opens anew."""

    def __init__(self, bind: str | None, kept: KeptSockets) -> None:
        self._bind = bind
        self._kept = kept

    def open(self, *, plain: int | None, tls: int | None) -> SipPorts:
        """The ports of these numbers; 0: any free one; None: none is wanted.

        Raises:
            Unavailable: one is taken, or the address is not ours; none is open then.
        """
        opened = SipPorts()
        try:
            if plain is not None:
                opened = SipPorts(self._one(PLAIN, "sip.port", plain, open_listeners))
            if tls is not None:
                secure = self._one(TLS, "sip.tls_port", tls, open_tls_listeners)
                opened = SipPorts(opened.plain, secure)
        except Unavailable:
            opened.close()
            raise
        return opened

    def _one(
        self, name: str, key: str, port: int, opens: Callable[[str | None, int], Listeners]
    ) -> Listeners:
        kept = self._kept.take(name, bind=self._bind, port=port)
        if kept:
            datagrams = tuple(each for each in kept if each.type == socket.SOCK_DGRAM)
            streams = tuple(each for each in kept if each.type == socket.SOCK_STREAM)
            return Listeners(kept[0].getsockname()[1], datagrams, streams)
        try:
            return opens(self._bind, port)
        except CannotListen as error:
            problem = Problem(key, shown(port), f"cannot be had: {error}")
            raise Unavailable([problem], str(error)) from error
