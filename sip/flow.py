"""Where messages come from and go to."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple


class Address(NamedTuple):
    """One end of a flow.

    `host` is an IP literal without brackets, or, as a destination only, a name to be resolved.
    """

    host: str
    port: int


class Transport(enum.Enum):
    """The transports that Via names (RFC 3261 §18). The value is the spelling in a Via."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"

    @property
    def reliable(self) -> bool:
        """Whether the transport itself repeats what was lost, so that transactions need not."""
        return self is not Transport.UDP


@dataclass(frozen=True, slots=True)
class Flow:
    """One UDP address pair or one stream connection: where a message came from and its answer goes.

    `local.port` is the listening port for UDP, and `local.host` the address that the peer reached
    us on as far as is known. `connection` is the serial number of an existing stream connection;
    0 means none yet: one to `remote` is opened or reused.
    """

    transport: Transport
    local: Address
    remote: Address
    connection: int = 0
