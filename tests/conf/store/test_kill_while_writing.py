"""kill -9 at any moment leaves the old settings or the new ones."""

import subprocess
import sys
from pathlib import Path


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_settings() -> None:
    """In a process of its own, as it forks; `-m tests.conf.store.kill_while_writing` does more."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.conf.store.kill_while_writing", "40"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "40 kills" in told.stdout
    assert "0 anything else; 8 kills" in told.stdout
    assert told.stdout.endswith(": 0 left it damaged\n")
