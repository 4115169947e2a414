"""The process may have as many files open as the system allows."""

import subprocess
import sys

ASK = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
from speaker.open_files import allow_many_open_files, most_connections_of_a_door
allow_many_open_files()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], most_connections_of_a_door())
"""


def asked(soft: int, hard: int) -> list[int]:
    """The limit, and the share of HTTP, of a process that begins with these limits."""
    command = [sys.executable, "-c", ASK.format(soft=soft, hard=hard)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return [int(each) for each in done.stdout.split()]


def test_a_process_asks_for_what_it_may_have() -> None:
    assert asked(1024, 20000) == [16384, 4096]
    assert asked(1024, 4096) == [4096, 1024]
    assert asked(18000, 20000) == [18000, 4500]
