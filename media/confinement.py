"""Lets go of what a program that reads hostile files does not need, for good."""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Collection
from contextlib import suppress
from stat import S_ISDIR
from typing import Final

MEMORY_BYTES: Final = 1 << 30
CPU_S: Final = 120
"""Half an hour of MP3 takes some 9 s here, its measurement included; small boards are eight times
slower."""

_NO_NEW_PRIVILEGES: Final = 38  # PR_SET_NO_NEW_PRIVS
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""System calls of Landlock, the same for every kind of machine."""

_RULESET_VERSION: Final = 1  # LANDLOCK_CREATE_RULESET_VERSION
_FILE_RIGHTS: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All that each version of Landlock can forbid about files."""

_TCP: Final = 1 << 0 | 1 << 1
"""To listen and to connect."""

_SCOPES: Final = 1 << 0 | 1 << 1
"""Sockets without a place in a folder, and signals: of other programs than its own children."""

_PATH_BENEATH: Final = 1  # LANDLOCK_RULE_PATH_BENEATH
_EXECUTE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3


class _Ruleset(ctypes.Structure):
    """`struct landlock_ruleset_attr`: what earlier versions do not have must be 0 for them."""

    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    """`struct landlock_path_beneath_attr`."""

    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def confine(
    *,
    most_written: int,
    memory_bytes: int = MEMORY_BYTES,
    cpu_s: int = CPU_S,
    open_files: int = 0,
    programs: Collection[str] = (),
    tasks: int = 0,
) -> None:
    """Open no file or socket, start nothing, and stay within memory, time and `most_written` bytes.

    Files that are open stay usable. Whatever is needed must have been imported before. Who is to
    become another program names the folders and files that it lives in as `programs`, which may be
    read and executed, and how many files may be open at a time; where the kernel has no Landlock
    it can then read whatever its user can. One that has threads needs `tasks`: as many as all
    programs of its user may have together, which is how the system counts (root's are not counted).
    """
    _forbid_by_landlock(programs)
    limits = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: most_written,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: tasks,
        resource.RLIMIT_NOFILE: open_files,
    }
    for what, most in limits.items():
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))


def landlock_version() -> int:
    """What the kernel can forbid; below 1: it has no Landlock."""
    return int(ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, _RULESET_VERSION))


def _forbid_by_landlock(programs: Collection[str]) -> None:
    """The limits alone leave deleting and executing."""
    system = ctypes.CDLL(None)
    system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    version = landlock_version()
    if version < 1:
        return
    rights = max(bits for since, bits in _FILE_RIGHTS.items() if since <= version)
    wanted = _Ruleset(rights, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    ruleset = system.syscall(_CREATE_RULESET, ctypes.byref(wanted), ctypes.sizeof(wanted), 0)
    if ruleset >= 0:
        for path in programs:
            with suppress(OSError):  # what is not there is not needed
                _allow(system, ruleset, path)
        system.syscall(_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)


def _allow(system: ctypes.CDLL, ruleset: int, path: str) -> None:
    """Let `path`, and what is below it, be read and executed."""
    # Not by pathlib, whose import would be a quarter of the start of the program that speaks.
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = _EXECUTE | _READ_FILE | (_READ_FOLDER if S_ISDIR(os.fstat(place).st_mode) else 0)
        rule = _PathBeneath(rights, place)
        system.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(place)
