"""A decoder that conceals what its codec cannot: by going on as the last sound would have."""

from __future__ import annotations

from collections.abc import Callable

from media.concealment import Concealment
from media.frame import FloatArray


class ConcealedDecoder:
    """Payloads to sound by `to_sound`, joined with `Concealment` where some are missing."""

    def __init__(self, to_sound: Callable[[bytes], FloatArray], rate_hz: int) -> None:
        self._to_sound = to_sound
        self._concealment = Concealment(rate_hz)
        self._ahead: tuple[bytes, FloatArray] | None = None  # decoded before its turn

    def decode(self, payload: bytes) -> FloatArray:
        """The samples of one payload."""
        sound = self._sound_of(payload)
        self._ahead = None
        return self._concealment.heard(sound)

    def conceal(self, count: int) -> FloatArray:
        """The last sound gone on with, and faded."""
        return self._concealment.made_up(count)

    def recover(self, following: bytes, count: int) -> FloatArray | None:
        """The last sound gone on with and led over to that of `following`, where it is enough."""
        if self.silent:
            return None
        sound = self._sound_of(following)
        self._ahead = following, sound
        return self._concealment.bridged(count, sound)

    def _sound_of(self, payload: bytes) -> FloatArray:
        if self._ahead is not None and self._ahead[0] == payload:
            return self._ahead[1]
        return self._to_sound(payload)

    @property
    def silent(self) -> bool:
        """Whether concealment has faded to nothing, or nothing was decoded yet."""
        return self._concealment.silent
