"""Codecs that the system brings: C libraries of its package manager, called by ctypes.

They are loaded when a call or the settings name such a codec, and by nobody else. Calls keep the
interpreter (PyDLL): they are shorter than what handing it over and waiting for it would take.
"""

from __future__ import annotations

import ctypes
import functools
from dataclasses import dataclass

from media.errors import MisuseError


@dataclass(frozen=True, slots=True)
class SystemLibrary:
    """A library by the names that the dynamic linker knows, the newest first."""

    names: tuple[str, ...]
    package: str
    """What Debian and its relatives call it."""

    def load(self) -> ctypes.PyDLL:
        """The library itself, the same one each time.

        Raises:
            MisuseError: this system has none of its names.
        """
        library = _loaded(self.names)
        if library is None:
            raise MisuseError(f"there is no {' or '.join(self.names)} (package {self.package})")
        return library

    @property
    def missing(self) -> bool:
        """Whether this system does not have it."""
        return _loaded(self.names) is None


@functools.cache
def _loaded(names: tuple[str, ...]) -> ctypes.PyDLL | None:
    for name in names:
        try:
            return ctypes.PyDLL(name)
        except OSError:  # the linker finds none of this name
            continue
    return None
