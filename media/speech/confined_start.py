"""Becomes the program that speaks, when everything else has been let go of.

`python -S -m media.speech.confined_start FOLDER PROGRAM ARGUMENT...`

`FOLDER` is where the program and all that comes with it are installed.

What is to be spoken may have been written to take over the program that reads it, which is a large
one in C. It can read the system's programs and libraries, among which its voices are, and no other
file; it can write to what it was given only, and has a bounded amount of time, memory and disk.

The start of an interpreter, without its packages, takes 20 ms; a hook between `fork` and `exec`
would take less, and is not safe in a program with threads.
"""

from __future__ import annotations

import os
import sys
from typing import Final

from media.confinement import confine

MOST_WRITTEN: Final = 8_000_000
"""Three minutes of 16 bits at 22,050 Hz. Who writes more is told that it cannot, and is not ended:
from Python the program inherits it to ignore that signal, and one of its libraries tries it."""

MEMORY_BYTES: Final = 256 << 20
CPU_S: Final = 10
"""A thousand characters take 0.1 s here, of Chinese 0.3 s."""

OPEN_FILES: Final = 24
TASKS: Final = 1024
"""It has a thread of its own, beside all that its user runs already: the speaker's, and on a desk
the whole desktop's."""

SYSTEM: Final = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
"""Where programs and libraries are."""

_GENTLY: Final = 10


def main() -> int:
    """Start the program that the arguments name, in place of this one."""
    _, folder, program, *arguments = sys.argv
    os.nice(_GENTLY)
    confine(
        most_written=MOST_WRITTEN,
        memory_bytes=MEMORY_BYTES,
        cpu_s=CPU_S,
        open_files=OPEN_FILES,
        programs=[*SYSTEM, folder],
        tasks=TASKS,
    )
    os.execve(program, [program, *arguments], {"LC_ALL": "C.UTF-8"})  # noqa: S606  (no shell)


if __name__ == "__main__":
    sys.exit(main())
