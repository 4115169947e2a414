"""What the values of parameters are told from: the device and its machine at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from conf.settings import Settings
    from speaker.vapix.parameters.host_network import HostNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One moment of a device."""

    settings: Settings
    serial: str
    version: str
    paths: frozenset[str]
    """Of the routes that this device answers on: a capability is told where it is there."""
    network: HostNetwork
    zone_rules: str
    """What local time is now, as a POSIX time zone."""
    now: datetime
    """Local time of the device, with its zone."""

    def setting(self, key: str) -> Any:
        """The value of a setting, by its dotted key."""
        value: Any = self.settings
        for name in key.split("."):
            value = getattr(value, name)
        return value
