"""Lets go of what a program that reads hostile files does not need, for good."""

from __future__ import annotations

import ctypes
import os
import resource
from typing import Final

MEMORY_BYTES: Final = 1 << 30
CPU_S: Final = 120
"""Half an hour of MP3 takes some 9 s here, its measurement included; small boards are eight times
slower."""

_NO_NEW_PRIVILEGES: Final = 38  # PR_SET_NO_NEW_PRIVS
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
"""System calls of Landlock, the same for every kind of machine."""

_RULESET_VERSION: Final = 1  # LANDLOCK_CREATE_RULESET_VERSION
_FILE_RIGHTS: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All that each version of Landlock can forbid about files."""


class _Ruleset(ctypes.Structure):
    """`struct landlock_ruleset_attr` of the first version; later ones only add to it."""

    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


def confine(*, most_written: int) -> None:
    """Open no file or socket, start nothing, and stay within memory, time and `most_written` bytes.

    Files that are open stay usable. Whatever is needed must have been imported before.
    """
    _forbid_files()
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: CPU_S,
        resource.RLIMIT_FSIZE: most_written,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,
    }
    for what, most in limits.items():
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))


def _forbid_files() -> None:
    """By Landlock, where the kernel has it: the limits alone leave deleting and executing."""
    system = ctypes.CDLL(None)
    system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    version = system.syscall(_CREATE_RULESET, None, 0, _RULESET_VERSION)
    if version < 1:
        return
    rights = max(bits for since, bits in _FILE_RIGHTS.items() if since <= version)
    wanted = _Ruleset(rights)
    ruleset = system.syscall(_CREATE_RULESET, ctypes.byref(wanted), ctypes.sizeof(wanted), 0)
    if ruleset >= 0:
        system.syscall(_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)
