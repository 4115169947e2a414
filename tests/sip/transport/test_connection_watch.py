from sip.transport.connection_limits import ConnectionLimits
from sip.transport.connection_watch import ConnectionWatch

LIMITS = ConnectionLimits(message_s=30.0, idle_s=1000.0)


def opened() -> ConnectionWatch:
    return ConnectionWatch(LIMITS, now=100.0)


def used(at: float = 100.0) -> ConnectionWatch:
    watch = opened()
    watch.on_message_read(at)
    watch.on_remainder(at, incomplete=False)
    return watch


def test_whoever_connects_has_to_say_something() -> None:
    assert opened().ends_at == 130.0


def test_keep_alives_alone_are_no_use_of_a_connection() -> None:
    watch = opened()
    watch.on_keep_alive(120.0)
    watch.on_remainder(120.0, incomplete=False)
    assert watch.ends_at == 130.0


def test_a_connection_that_we_opened_stands_without_a_word_of_the_peer() -> None:
    watch = opened()
    watch.on_message_written(101.0)
    assert watch.ends_at == 1101.0


def test_the_time_of_a_message_counts_from_its_first_byte() -> None:
    """Bytes that trickle in do not prolong it."""
    watch = used()
    for now in (200.0, 210.0, 229.0):
        watch.on_remainder(now, incomplete=True)
    assert watch.ends_at == 230.0


def test_our_messages_do_not_excuse_the_peers_incomplete_one() -> None:
    watch = used()
    watch.on_remainder(200.0, incomplete=True)
    watch.on_message_written(220.0)
    assert watch.ends_at == 230.0


def test_half_a_message_behind_a_whole_one_has_its_own_time() -> None:
    watch = used()
    watch.on_remainder(200.0, incomplete=True)
    watch.on_message_read(220.0)
    watch.on_remainder(220.0, incomplete=True)
    assert watch.ends_at == 250.0


def test_a_whole_message_settles_it() -> None:
    watch = used()
    watch.on_remainder(200.0, incomplete=True)
    watch.on_message_read(220.0)
    watch.on_remainder(220.0, incomplete=False)
    assert watch.ends_at == 1220.0


def test_whatever_is_whole_counts_against_idleness() -> None:
    watch = used()
    watch.on_keep_alive(300.0)
    assert (watch.last_use, watch.ends_at) == (300.0, 1300.0)
    watch.on_message_written(400.0)
    assert (watch.last_use, watch.ends_at) == (400.0, 1400.0)


def test_a_message_that_begins_after_a_look_is_cut_off_within_twice_its_time() -> None:
    watch = used(at=100.0)
    assert watch.look_again_at(100.0) == 130.0
    watch.on_remainder(100.5, incomplete=True)
    assert watch.look_again_at(130.0) == 130.5
