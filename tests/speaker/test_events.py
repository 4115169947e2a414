"""The bus: conditions are kept, happenings pass, order is the same for all."""

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from speaker.events import LONGEST_CHAIN, MAXIMUM_CONDITIONS, Bus, Condition, Event, Happening


def test_a_listener_hears_what_is_now_at_once_and_then_what_changes() -> None:
    bus, heard = Bus(), list[Event]()
    bus.set("device.ready", True)
    bus.happen("manual.trigger")
    bus.listen(heard.append)
    assert heard == [Condition("device.ready", True)]
    bus.set("call.state", "ringing", account="door", peer="sip:a@192.0.2.1")
    bus.happen("dtmf.digit", digit="5")
    assert heard[1:] == [
        Condition("call.state", "ringing", "", {"account": "door", "peer": "sip:a@192.0.2.1"}),
        Happening("dtmf.digit", {"digit": "5"}),
    ]


def test_a_condition_set_to_what_it_is_says_nothing() -> None:
    bus, heard = Bus(), list[Event]()
    bus.listen(heard.append)
    for _ in range(3):
        bus.set("call.state", "talking", account="door")
    bus.set("call.state", "talking", account="gate")
    assert [event.attributes["account"] for event in heard] == ["door", "gate"]


def test_true_is_not_one() -> None:
    bus, heard = Bus(), list[Event]()
    bus.listen(heard.append)
    bus.set("audio.input_level", 1)
    bus.set("audio.input_level", True)
    assert len(heard) == 2


def test_a_happening_is_told_each_time() -> None:
    bus, heard = Bus(), list[Event]()
    bus.listen(heard.append)
    bus.happen("dtmf.digit", digit="5")
    bus.happen("dtmf.digit", digit="5")
    assert len(heard) == 2


def test_conditions_of_several_things_are_kept_apart() -> None:
    bus = Bus()
    bus.set("multicast.active", True, of="fire")
    bus.set("multicast.active", False, of="music")
    assert bus.value("multicast.active", of="fire") is True
    assert bus.value("multicast.active", of="music") is False
    assert bus.value("multicast.active") is None
    assert [condition.of for condition in bus.conditions()] == ["fire", "music"]


def test_a_listener_that_raises_is_logged_and_silences_nobody() -> None:
    bus, heard = Bus(), list[Event]()

    def broken(event: Event) -> None:
        raise RuntimeError("no hands")

    bus.listen(broken)
    bus.listen(heard.append)
    with structlog.testing.capture_logs() as logs:
        bus.happen("dtmf.digit", digit="5")
        bus.happen("dtmf.digit", digit="6")
    assert len(heard) == 2
    assert [(log["log_level"], log["event_name"]) for log in logs] == [("error", "dtmf.digit")] * 2


def test_what_a_listener_publishes_reaches_all_in_the_same_order() -> None:
    bus, first, last = Bus(), list[Event](), list[Event]()

    def answering(event: Event) -> None:
        first.append(event)
        if event.name == "dtmf.digit":
            bus.happen("manual.trigger")
            assert len(last) < 2, "told before the first event has reached everybody"

    bus.listen(answering)
    bus.listen(last.append)
    bus.happen("dtmf.digit")
    assert first == last == [Happening("dtmf.digit"), Happening("manual.trigger")]


def test_a_condition_has_its_new_value_as_soon_as_it_is_set() -> None:
    bus, seen = Bus(), list[object]()

    def listener(event: Event) -> None:
        if isinstance(event, Happening):
            bus.set("call.state", "talking")
            seen.append(bus.value("call.state"))

    bus.listen(listener)
    bus.happen("dtmf.digit")
    assert seen == ["talking"]


def test_who_joins_amid_a_delivery_hears_nothing_older_than_what_is_now() -> None:
    bus, late = Bus(), list[Event]()

    def listener(event: Event) -> None:
        if isinstance(event, Happening):
            bus.set("call.state", "ringing")
            bus.set("call.state", "talking")
            bus.listen(late.append)

    bus.listen(listener)
    bus.happen("dtmf.digit")
    assert late == [Condition("call.state", "talking")]


def test_who_leaves_hears_nothing_more_not_even_of_the_event_on_its_way() -> None:
    bus, heard = Bus(), list[Event]()
    bus.listen(lambda event: leave())
    leave = bus.listen(heard.append)
    bus.happen("dtmf.digit")
    bus.happen("dtmf.digit")
    leave()
    assert heard == []


def test_listeners_that_call_each_other_for_ever_are_cut_off_and_logged() -> None:
    bus, heard = Bus(), list[Event]()
    bus.listen(lambda event: bus.happen("manual.trigger"))
    bus.listen(heard.append)
    with structlog.testing.capture_logs() as logs:
        bus.happen("manual.trigger")
    assert len(heard) == LONGEST_CHAIN
    assert [log["event"] for log in logs] == ["events.loop"]


def test_after_a_loop_was_cut_off_the_bus_works() -> None:
    bus, heard = Bus(), list[Event]()
    leave = bus.listen(lambda event: bus.happen("manual.trigger"))
    bus.listen(heard.append)
    bus.happen("manual.trigger")
    leave()
    heard.clear()
    bus.happen("dtmf.digit")
    assert heard == [Happening("dtmf.digit")]


def test_a_chain_of_the_longest_length_is_told_whole_and_not_logged() -> None:
    bus, heard = Bus(), list[Event]()

    def counting(event: Event) -> None:
        heard.append(event)
        if len(heard) < LONGEST_CHAIN:
            bus.happen("manual.trigger")

    bus.listen(counting)
    with structlog.testing.capture_logs() as logs:
        bus.happen("manual.trigger")
    assert (len(heard), logs) == (LONGEST_CHAIN, [])


def test_there_is_a_bound_on_conditions() -> None:
    bus = Bus()
    for i in range(MAXIMUM_CONDITIONS):
        bus.set("multicast.active", True, of=str(i))
    with pytest.raises(ValueError, match="more"):
        bus.set("multicast.active", True, of="one more")
    bus.set("multicast.active", False, of="0")
    assert bus.value("multicast.active", of="0") is False


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2))))
def test_whenever_one_joins_the_last_told_value_is_the_present_one(
    changes: list[tuple[str, int]],
) -> None:
    bus = Bus()
    told: list[list[Event]] = []
    for name, value in changes:
        told.append([])
        bus.listen(told[-1].append)
        bus.set(name, value)
    for heard in told:
        latest = {event.name: event for event in heard}
        assert latest == {condition.name: condition for condition in bus.conditions()}
