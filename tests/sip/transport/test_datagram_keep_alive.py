import itertools

import pytest

from sip.flow import Address, Flow, Transport
from sip.transport.datagram_keep_alive import (
    CRLF,
    MAXIMUM_FLOWS,
    Datagram,
    DatagramKeepAlives,
    Effect,
    FlowIsDead,
)
from sip.transport.stun_keep_alive import binding_request

SERVER = Address("192.0.2.1", 5060)
FLOW = Flow(Transport.UDP, Address("192.0.2.9", 5060), SERVER)
OURS = Address("198.51.100.7", 40000)


def keep_alives() -> DatagramKeepAlives:
    serial = itertools.count(1)
    return DatagramKeepAlives(lambda length: next(serial).to_bytes(length))


def request(number: int) -> Datagram:
    return Datagram(binding_request(number.to_bytes(12)), FLOW)


def answer(number: int, seen_at: Address = OURS) -> bytes:
    host = bytes(int(part) for part in seen_at.host.split("."))
    value = b"\0\1" + seen_at.port.to_bytes(2) + host
    return b"\1\1\0\x0c\x21\x12\xa4\x42" + number.to_bytes(12) + b"\0\1\0\x08" + value


def run_out(core: DatagramKeepAlives) -> list[tuple[float, Effect]]:
    """Let nothing but time pass."""
    log: list[tuple[float, Effect]] = []
    while (due := core.deadline) is not None:
        log += [(due, effect) for effect in core.on_timer(due)]
    return log


def test_a_server_that_answers_is_asked_once_each_time() -> None:
    """RFC 5626 §3.5.2."""
    core = keep_alives()
    assert core.ask(FLOW, 0.0) == [request(1)]
    assert core.receive(answer(1), SERVER) == []
    assert core.deadline is None
    assert core.ask(FLOW, 25.0) == [request(2)]


def test_an_unanswered_question_is_repeated_with_doubling_gaps() -> None:
    """RFC 5389 §7.2.1; then the server knows no STUN, and CRLFs have to do."""
    core = keep_alives()
    core.ask(FLOW, 0.0)
    assert run_out(core) == [
        (0.5, request(1)),
        (1.5, request(1)),
        (3.5, request(1)),
        (7.5, Datagram(CRLF, FLOW)),
    ]
    assert core.ask(FLOW, 25.0) == [Datagram(CRLF, FLOW)]
    assert core.deadline is None


def test_a_server_that_has_answered_before_and_does_not_now_is_dead() -> None:
    """RFC 5626 §4.4.2."""
    core = keep_alives()
    core.ask(FLOW, 0.0)
    core.receive(answer(1), SERVER)
    core.ask(FLOW, 25.0)
    assert run_out(core)[-1] == (
        32.5,
        FlowIsDead(FLOW, "does not answer keep-alives any more"),
    )


def test_another_mapped_address_means_another_flow() -> None:
    """RFC 5626 §4.4.2: the NAT has forgotten us, so the server reaches us no more."""
    core = keep_alives()
    core.ask(FLOW, 0.0)
    core.receive(answer(1), SERVER)
    core.ask(FLOW, 25.0)
    assert core.receive(answer(2, Address("198.51.100.7", 40001)), SERVER) == [
        FlowIsDead(FLOW, "sees us at 198.51.100.7:40001, and before at 198.51.100.7:40000")
    ]


@pytest.mark.parametrize(
    ("datagram", "source"),
    [
        (answer(2), SERVER),
        (answer(1), Address("192.0.2.66", 5060)),
        (binding_request((1).to_bytes(12)), SERVER),
    ],
)
def test_what_answers_no_question_of_ours_is_dropped(datagram: bytes, source: Address) -> None:
    core = keep_alives()
    core.ask(FLOW, 0.0)
    assert core.receive(datagram, source) == []
    assert core.deadline == 0.5


def test_a_second_question_waits_for_the_first() -> None:
    core = keep_alives()
    core.ask(FLOW, 0.0)
    assert core.ask(FLOW, 0.1) == []


def test_flows_are_bounded() -> None:
    core = keep_alives()
    for port in range(MAXIMUM_FLOWS + 10):
        core.ask(Flow(Transport.UDP, FLOW.local, Address("192.0.2.1", port)), 0.0)
    assert len(core.on_timer(0.5)) == MAXIMUM_FLOWS
