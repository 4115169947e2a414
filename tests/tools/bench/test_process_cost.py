"""What the bench reads under /proc (proc(5))."""

import os

import pytest

from tools.bench.errors import ChildFailed
from tools.bench.process_cost import (
    TICKS_PER_S,
    cost_of,
    cpu_seconds,
    memory_of,
    resident_megabytes,
    waited_seconds,
)


def test_processor_time_is_user_plus_system_whatever_the_program_is_called() -> None:
    stat = f"42 (a b) c)) S 1 1 1 0 -1 0 0 0 0 0 {2 * TICKS_PER_S} {TICKS_PER_S} 9 9 20 0 4 0 1"
    assert cpu_seconds(stat) == 3.0


def test_waiting_is_the_second_figure_of_schedstat_in_nanoseconds() -> None:
    assert waited_seconds("700000000 250000000 12\n") == 0.25


def test_resident_memory_is_told_in_megabytes() -> None:
    assert resident_megabytes("VmPeak:\t 9 kB\nVmRSS:\t  100000 kB\n") == 102.4


def test_a_process_that_has_ended_has_no_memory_to_tell_of() -> None:
    with pytest.raises(ChildFailed, match="ended"):
        resident_megabytes("Name:\tx\nState:\tZ (zombie)\n")


def test_the_clocks_of_a_process_only_go_forward() -> None:
    before = cost_of(os.getpid())
    sum(range(3_000_000))
    after = cost_of(os.getpid())
    assert after.cpu_s > before.cpu_s
    assert after.waited_s >= before.waited_s
    assert memory_of(os.getpid()) > 1


def test_a_process_that_is_gone_is_told_as_such() -> None:
    """Ids end at 2^22 on Linux: nobody has this one."""
    for read in (cost_of, memory_of):
        with pytest.raises(ChildFailed, match="5000000"):
            read(5_000_000)
