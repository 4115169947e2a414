"""The one thing in these tests that cannot be waited for by an event: speech taking its time."""

import time


def let_talk(duration_s: float) -> None:
    """Leave the call alone for so long."""
    time.sleep(duration_s)
