"""Calls with the time at which they fall due."""

from sip.client.alarms import Alarms


class Recorder:
    def __init__(self, alarms: Alarms[str]) -> None:
        self.alarms = alarms

    def first(self, now: float) -> list[str]:
        return [f"first at {now:g}"]

    def second(self, now: float) -> list[str]:
        return [f"second at {now:g}"]

    def again(self, now: float) -> list[str]:
        self.alarms.set(self.again, now + 1)
        return [f"again at {now:g}"]


def test_alarms_ring_once_in_the_order_of_their_times() -> None:
    alarms = Alarms[str]()
    recorder = Recorder(alarms)
    alarms.set(recorder.first, 2)
    alarms.set(recorder.second, 1)
    assert alarms.next == 1
    assert alarms.ring(0.5) == []
    assert alarms.ring(3) == ["second at 3", "first at 3"]
    assert alarms.ring(4) == []
    assert alarms.next is None


def test_setting_an_alarm_again_moves_it_and_clearing_removes_it() -> None:
    alarms = Alarms[str]()
    recorder = Recorder(alarms)
    alarms.set(recorder.first, 1)
    alarms.set(recorder.first, 2)
    assert alarms.next == 2
    alarms.clear(recorder.first)
    alarms.clear(recorder.second)
    assert alarms.ring(9) == []


def test_an_alarm_that_sets_itself_again_rings_at_its_new_time() -> None:
    alarms = Alarms[str]()
    recorder = Recorder(alarms)
    alarms.set(recorder.again, 1)
    assert alarms.ring(1) == ["again at 1"]
    assert alarms.next == 2


def test_the_same_method_of_two_objects_makes_two_alarms() -> None:
    alarms = Alarms[str]()
    one, other = Recorder(alarms), Recorder(alarms)
    alarms.set(one.first, 1)
    alarms.set(other.first, 1)
    assert len(alarms.ring(1)) == 2
