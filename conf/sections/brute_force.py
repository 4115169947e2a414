"""When somebody who guesses passwords is no longer listened to."""

from typing import Annotated

from conf.sections.table import Table
from conf.values.constraints import Range


class BruteForceSettings(Table):
    """Who fails to log in too often is not listened to for a while.

    Failures are counted by the address that they come from (IPv6: by its /64 network), for each
    page (address of the API) by itself and for all of the device together.
    """

    enabled: bool = True
    """Whether anybody is blocked."""
    block_period_s: Annotated[int, Range(1, 86400)] = 60
    """How long."""
    page_count: Annotated[int, Range(1, 1000)] = 10
    """Failures at one page that block that page for the address, when they come within …"""
    page_interval_s: Annotated[int, Range(1, 3600)] = 60
    """… this time."""
    device_count: Annotated[int, Range(1, 1000)] = 30
    """Failures at any pages that block all of them for the address, when they come within …"""
    device_interval_s: Annotated[int, Range(1, 3600)] = 60
    """… this time."""
