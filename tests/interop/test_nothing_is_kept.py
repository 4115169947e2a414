"""After many calls the speaker holds on to no more than after few."""

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.interop.peers.program import PeerFailure
from tests.interop.peers.sipp import Sipp
from tests.interop.peers.speaker import Speaker
from tools.bench.holdings import Holdings, holdings_of

CALLS = 100
MEMORY_PER_CALL_KB = 80
"""What is remembered of a call for 32 s after its end (RFC 3261 §17.2, RFC 6026), and its lines of
the log and events, of which the last 4,000 and 1,024 are kept; with room to spare. Whether memory
comes back in the end is measured by `python -m tools.bench leaks`."""

SETTLE_LIMIT_S = 5.0
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Kept:
    """What a speaker held on to."""

    outside: Holdings
    tasks: int

    def fits_into(self, other: "Kept") -> bool:
        """Whether these are no more files, threads and tasks."""
        mine, theirs = self.outside, other.outside
        return (
            mine.files <= theirs.files
            and mine.threads <= theirs.threads
            and self.tasks <= other.tasks
        )


def kept_by(speaker: Speaker) -> Kept:
    outside = holdings_of(speaker.program.pid)
    return Kept(outside, speaker.state()["process"]["tasks"])


def wait_until_no_more_than(before: Kept, speaker: Speaker) -> Kept:
    """What is kept once files, threads and tasks are down to `before`.

    Raises:
        PeerFailure: they are still more when the time is over.
    """
    deadline = time.monotonic() + SETTLE_LIMIT_S
    while not (kept := kept_by(speaker)).fits_into(before):
        if time.monotonic() > deadline:
            raise PeerFailure(f"before the calls {before}, now {kept}")
        time.sleep(POLL_S)
    return kept


@pytest.mark.usefixtures("needs_sipp")
def test_a_hundred_calls_leave_no_file_port_thread_or_task(tmp_path: Path) -> None:
    def calls(number: int, folder: str) -> None:
        sipp = Sipp(
            *(tmp_path / folder, "call.xml"),
            target=speaker.uri,
            calls=number,
            at_once=4,
            talk_ms=50,
        )
        with sipp:
            assert sipp.succeed().successful == number
        speaker.wait_for_calls()

    with Speaker(tmp_path / "speaker", "sip.max_calls=4") as speaker:
        calls(10, "warm_up")
        before = kept_by(speaker)
        calls(CALLS, "calls")
        after = wait_until_no_more_than(before, speaker)
    grown_kb = 1e3 * (after.outside.resident_mb - before.outside.resident_mb)
    assert grown_kb / CALLS < MEMORY_PER_CALL_KB
