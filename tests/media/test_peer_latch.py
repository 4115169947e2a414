from __future__ import annotations

from media.peer_latch import SILENT_AFTER_S, PeerLatch

STATED, HEARD, OTHER = ("192.0.2.1", 4), ("203.0.113.5", 40000), ("198.51.100.66", 5)


def latched() -> PeerLatch:
    """Told one address, and heard from another, as behind a router."""
    latch = PeerLatch(STATED)
    latch.heard(HEARD, 10.0)
    return latch


def test_before_anything_comes_we_send_to_the_stated_address() -> None:
    assert PeerLatch(STATED).destination == STATED


def test_then_we_send_to_where_packets_come_from() -> None:
    """RFC 4961."""
    assert latched().destination == HEARD


def test_another_source_does_not_take_over_a_running_stream() -> None:
    assert not latched().admits(OTHER, 10.0 + SILENT_AFTER_S / 2)


def test_another_source_may_follow_a_silent_one() -> None:
    assert latched().admits(OTHER, 10.0 + SILENT_AFTER_S)


def test_the_stated_address_may_always_speak() -> None:
    assert latched().admits(STATED, 10.0)


def test_a_new_description_ends_the_latch_and_the_same_one_again_does_not() -> None:
    latch = latched()
    latch.state(STATED)
    assert latch.destination == HEARD
    latch.state(OTHER)
    assert latch.destination == OTHER
    assert latch.admits(HEARD, 10.0)
