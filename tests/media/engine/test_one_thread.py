"""What importing the engine does to the process."""

import subprocess
import sys

COUNT_THREADS = """
import os, media.engine.engine, numpy
numpy.ones((64, 64), "float32") @ numpy.ones((64, 64), "float32")
print(len(os.listdir("/proc/self/task")))
"""


def test_numpy_starts_no_threads_of_its_own() -> None:
    """They would wake up beside the engine's and take its core from it."""
    counted = subprocess.run(
        [sys.executable, "-c", COUNT_THREADS], check=True, capture_output=True, text=True
    )
    assert counted.stdout.strip() == "1"
