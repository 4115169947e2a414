"""How far the peer's key is used up: it is good for so many packets (RFC 3711 §9.2)."""

from __future__ import annotations

from typing import Final

from media.security.srtp_keys import SrtpKeys

TOLD_AT: Final = (0.75, 0.875, 1.0)
"""Parts of a key's lifetime: time for another key, time once more, and its end."""


class KeyWear:
    """Follows the lifetime that the description states for each key of the peer."""

    def __init__(self) -> None:
        self._keys: SrtpKeys | None = None
        self._began = 0
        self._told = 0  # of TOLD_AT

    def look(self, keys: SrtpKeys | None, packets: int) -> int | None:
        """How many packets the key is still good for, when that is to be told; None: not now.

        `packets`: the peer's in all so far, lost ones too. 0 and less: none, and it is the last
        time that this is told.
        """
        if keys is None or keys.remote_lifetime is None:
            self._keys = None
            return None
        if self._keys is None or keys.remote != self._keys.remote:
            self._began, self._told = packets, 0
        self._keys = keys
        used, told = packets - self._began, self._told
        while self._told < len(TOLD_AT) and used >= TOLD_AT[self._told] * keys.remote_lifetime:
            self._told += 1
        return keys.remote_lifetime - used if self._told != told else None
