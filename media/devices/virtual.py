"""What every device that is not a sound card has in common: the engine's clock is its clock."""

from __future__ import annotations


class Virtual:
    """Nothing to open, nothing that can fail, no clock of its own to follow."""

    @property
    def delay_s(self) -> float:
        """None."""
        return 0.0

    def keep_delay_under(self, seconds: float) -> None:
        """Nothing is held back."""

    def open(self) -> None:
        """Nothing to do."""

    def pace(self) -> float | None:
        """None: the engine's clock is good enough."""
        return None

    def trouble(self, now: float) -> str:  # noqa: ARG002  (drivers that can fail ask for the time)
        """None."""
        return ""

    def close(self) -> None:
        """Nothing to do."""
