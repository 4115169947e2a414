"""A decoder that conceals what its codec cannot: by going on as the last sound would have."""

from __future__ import annotations

from collections.abc import Callable

from media.codecs.concealment import Concealment
from media.frame import FloatArray


class ConcealedDecoder:
    """Payloads to sound by `to_sound`, joined with `Concealment` where some are missing.

    `memoryless`: any payload is decoded right without those before it, so the one after a gap tells
    what to lead over to. Another codec may have `after_gap` told what was heard before that one's
    sound is asked for, the made up included: else it goes on from where it was.
    """

    def __init__(
        self,
        to_sound: Callable[[bytes], FloatArray],
        rate_hz: int,
        *,
        memoryless: bool = False,
        after_gap: Callable[[FloatArray], None] | None = None,
    ) -> None:
        self._to_sound = to_sound
        self._memoryless = memoryless
        self._after_gap = after_gap
        self._concealment = Concealment(rate_hz)

    def decode(self, payload: bytes) -> FloatArray:
        """The samples of one payload."""
        if self._after_gap is not None and self._concealment.in_gap:
            self._after_gap(self._concealment.lately())
        return self._concealment.heard(self._to_sound(payload))

    def conceal(self, count: int) -> FloatArray:
        """The last sound gone on with, and faded."""
        return self._concealment.made_up(count)

    def recover(self, following: bytes, count: int) -> FloatArray | None:
        """The last sound gone on with and led over to that of `following`, where it is enough."""
        if not self._memoryless:
            return None
        return self._concealment.bridged(count, self._to_sound(following))

    @property
    def silent(self) -> bool:
        """Whether concealment has faded to nothing, or nothing was decoded yet."""
        return self._concealment.silent
