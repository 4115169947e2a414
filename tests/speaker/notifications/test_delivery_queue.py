"""When a recipient is told what: notifications and times in, tries out."""

import pytest

from speaker.notifications.delivery_queue import (
    AT_ONCE,
    BY_MAIL,
    MOST_WAITING,
    DeliveryQueue,
    Manners,
)
from speaker.notifications.failure import DeliveryFailed
from speaker.notifications.notification import Notification

RINGS = Notification(message="it rings")
OPEN = Notification(message="it is open")

UNTOUCHED = DeliveryFailed("refuses the connection", untouched=True)
LATER = DeliveryFailed("answers 451", temporary=True)
NEVER = DeliveryFailed("answers 550")


def tries(queue: DeliveryQueue, failure: DeliveryFailed) -> list[float]:
    """When it is tried, with the same failure each time."""
    log: list[float] = []
    while (due := queue.deadline) is not None:
        assert queue.take(due) is not None
        log.append(due)
        queue.on_failed(failure, due)
    return log


def test_one_is_told_at_once_and_the_next_when_that_is_done() -> None:
    queue = DeliveryQueue(AT_ONCE)
    assert queue.deadline is None
    queue.add(RINGS, 10.0)
    queue.add(OPEN, 10.0)
    assert queue.take(10.0) == RINGS
    assert queue.deadline is None
    assert queue.take(11.0) is None
    queue.on_told()
    assert queue.take(11.0) == OPEN


@pytest.mark.parametrize(
    ("manners", "failure", "expected"),
    [
        (AT_ONCE, UNTOUCHED, [5.0, 7.0]),
        (AT_ONCE, LATER, [5.0]),
        (AT_ONCE, NEVER, [5.0]),
        (BY_MAIL, UNTOUCHED, [5.0, 35.0, 155.0, 755.0]),
        (BY_MAIL, LATER, [5.0, 35.0, 155.0, 755.0]),
        (BY_MAIL, NEVER, [5.0]),
    ],
)
def test_what_may_yet_succeed_is_tried_again_and_machines_never_hear_it_twice(
    manners: Manners, failure: DeliveryFailed, expected: list[float]
) -> None:
    queue = DeliveryQueue(manners)
    queue.add(RINGS, 5.0)
    assert tries(queue, failure) == expected


def test_the_next_one_has_all_its_tries() -> None:
    queue = DeliveryQueue(AT_ONCE)
    queue.add(RINGS, 0.0)
    queue.add(OPEN, 0.0)
    assert tries(queue, UNTOUCHED) == [0.0, 2.0, 2.0, 4.0]


def test_a_flood_comes_at_a_bearable_pace_and_after_a_pause_at_once_again() -> None:
    queue = DeliveryQueue(BY_MAIL)

    def told(count: int, now: float) -> list[float]:
        log = []
        for _ in range(count):
            queue.add(RINGS, now)
        while (due := queue.deadline) is not None:
            queue.take(due)
            log.append(due)
            queue.on_told()
        return log

    assert told(13, 0.0) == [0.0] * 10 + [20.0, 40.0, 60.0]
    assert told(11, 1000.0) == [1000.0] * 10 + [1020.0]


def test_what_a_machine_would_hear_too_late_it_does_not_hear() -> None:
    queue = DeliveryQueue(AT_ONCE)
    queue.add(RINGS, 0.0)
    queue.add(RINGS, 0.0)
    queue.add(OPEN, 10.0)
    assert queue.take(0.0) == RINGS
    queue.on_failed(NEVER, 65.0)
    assert queue.take(65.0) == OPEN
    assert queue.late == 1
    queue.on_told()
    queue.add(RINGS, 70.0)
    assert queue.take(140.0) is None
    assert (queue.late, queue.deadline) == (2, None)


def test_beyond_its_room_nothing_is_kept() -> None:
    queue = DeliveryQueue(AT_ONCE)
    taken = [queue.add(RINGS, 0.0) for _ in range(MOST_WAITING + 3)]
    assert taken == [True] * MOST_WAITING + [False] * 3
    assert queue.given_up == 3
