"""A decoder that conceals what its codec cannot: by repeating the last pitch period."""

from __future__ import annotations

from collections.abc import Callable

from media.concealment import Concealment
from media.frame import FloatArray


class ConcealedDecoder:
    """Payloads to sound by `to_sound`, joined with `Concealment` where some are missing."""

    def __init__(self, to_sound: Callable[[bytes], FloatArray], rate_hz: int) -> None:
        self._to_sound = to_sound
        self._concealment = Concealment(rate_hz)

    def decode(self, payload: bytes) -> FloatArray:
        """The samples of one payload."""
        return self._concealment.heard(self._to_sound(payload))

    def conceal(self, count: int) -> FloatArray:
        """The last sound's pitch repeated and faded."""
        return self._concealment.made_up(count)

    def recover(self, following: bytes, count: int) -> None:
        """Nothing: no packet repeats another."""

    @property
    def silent(self) -> bool:
        """Whether concealment has faded to nothing, or nothing was decoded yet."""
        return self._concealment.silent
