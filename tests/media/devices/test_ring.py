"""The ring between two threads."""

import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from media.devices.ring import Ring
from media.frame import silence


def test_what_does_not_fit_is_not_taken() -> None:
    ring = Ring(10)
    assert ring.write(np.ones(8, dtype=np.float32)) == 8
    assert ring.write(np.ones(8, dtype=np.float32)) == 2
    assert ring.level == 10


def test_what_is_not_there_is_not_read() -> None:
    ring, into = Ring(10), np.full(6, 9.0, dtype=np.float32)
    ring.write(np.ones(4, dtype=np.float32))
    assert ring.read(into) == 4
    assert into.tolist() == [1, 1, 1, 1, 9, 9]


def test_the_oldest_are_dropped() -> None:
    ring, into = Ring(10), silence(2)
    ring.write(np.arange(6, dtype=np.float32))
    ring.drop(4)
    ring.read(into)
    assert into.tolist() == [4, 5]
    ring.drop(100)
    assert ring.level == 0


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60))
def test_samples_come_out_in_order_whatever_the_sizes(steps: list[tuple[int, int]]) -> None:
    ring = Ring(37)
    written, read = 0, 0
    for size_in, size_out in steps:
        written += ring.write(np.arange(written, written + size_in, dtype=np.float32))
        into = silence(size_out)
        count = ring.read(into)
        assert into[:count].tolist() == list(range(read, read + count))
        read += count
        assert ring.level == written - read <= 37


def test_two_threads_lose_and_double_nothing() -> None:
    ring, total = Ring(1000), 200_000
    source = np.arange(total, dtype=np.float32)

    def write() -> None:
        done = 0
        while done < total:
            done += ring.write(source[done : done + 480])

    writer = threading.Thread(target=write)
    writer.start()
    heard, done = silence(total), 0
    while done < total:
        done += ring.read(heard[done : done + 128])
    writer.join()
    assert np.array_equal(heard, source)
