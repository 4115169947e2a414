"""Key sequences: which of them a person has just pressed.

Keys are read from left to right, like words by a lexer. When a sequence is complete and no longer
one begins with it, it matches at once. When a longer one does (`1` and `123`), the decision waits
for the next keys or for a gap, and the longest sequence that was completed wins. A key that
belongs to no sequence is skipped. After a gap of `gap_s` what was only begun is forgotten.

So sequences of which none begins another (a common last key such as `#` sees to that) always match
with their last key and never wait.
"""

from collections.abc import Mapping
from typing import Final

GAP_S: Final = 3.0
"""Seconds between two keys after which the next one begins afresh."""


class SequenceMatcher:
    """Follows the keys of one call. Reads no clock: `now` is in monotonic seconds."""

    def __init__(self, sequences: Mapping[str, str], *, gap_s: float = GAP_S) -> None:
        """`sequences` maps the id of each sequence to its keys; of equal ones the first counts."""
        self._ids: dict[str, str] = {}
        for name, keys in sequences.items():
            self._ids.setdefault(keys, name)
        self._gap_s = gap_s
        self._pressed = ""
        self._deadline: float | None = None

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is next to be called; None: not before another key."""
        return self._deadline

    def on_digit(self, digit: str, now: float) -> list[str]:
        """The ids of the sequences that this key completes or decides, in the order pressed."""
        matched = self.on_timer(now)
        self._pressed += digit
        matched += self._read(final=False)
        self._deadline = now + self._gap_s if self._pressed else None
        return matched

    def on_timer(self, now: float) -> list[str]:
        """The ids of the sequences that the gap has decided."""
        if self._deadline is None or now < self._deadline:
            return []
        self._deadline = None
        return self._read(final=True)

    def _read(self, *, final: bool) -> list[str]:
        """Take what is decided off the front of the keys pressed; all of it when `final`."""
        matched: list[str] = []
        while self._pressed and (final or not self._may_go_on()):
            complete = self._longest_at_front()
            if complete:
                matched.append(self._ids[complete])
            self._pressed = self._pressed[max(len(complete), 1) :]
        return matched

    def _may_go_on(self) -> bool:
        """Whether a sequence begins with the keys pressed and needs more."""
        pressed = self._pressed
        return any(keys != pressed and keys.startswith(pressed) for keys in self._ids)

    def _longest_at_front(self) -> str:
        complete = (keys for keys in self._ids if self._pressed.startswith(keys))
        return max(complete, key=len, default="")
