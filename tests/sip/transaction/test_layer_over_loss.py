import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.flow import Transport
from sip.syntax.message import Request
from sip.transaction.effects import RequestArrived, ResponseArrived, TransactionId
from tests.sip.lossy_link import End, LossyLink
from tests.sip.transaction_messages import ALICE, BOB, INVITE, OPTIONS

ALICES_FIRST = TransactionId(1)


def exchange(
    request: Request,
    *answers: int,
    lost: frozenset[int] = frozenset(),
    doubled: frozenset[int] = frozenset(),
    transport: Transport = Transport.UDP,
) -> tuple[LossyLink, End, End]:
    """Alice sends `request`, Bob answers at once; run until both have forgotten it."""
    alice, bob = End(ALICE), End(BOB, answers)
    link = LossyLink(alice, bob, lost=lost, doubled=doubled, transport=transport)
    flow = link.flow(alice, bob)
    link.carry(alice, alice.layer.send_request(request, flow, link.now)[1])
    link.run()
    return link, alice, bob


def codes(end: End) -> list[int]:
    return [event.response.code for _, event in end.told if isinstance(event, ResponseArrived)]


def requests(end: End) -> int:
    return sum(isinstance(event, RequestArrived) for _, event in end.told)


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        ([], [(0.0, "OPTIONS"), (0.01, "200")]),
        ([0], [(0.0, "OPTIONS"), (0.5, "OPTIONS"), (0.51, "200")]),
        ([1], [(0.0, "OPTIONS"), (0.01, "200"), (0.5, "OPTIONS"), (0.51, "200")]),
        (
            [0, 1, 2],
            [(0.0, "OPTIONS"), (0.5, "OPTIONS"), (1.5, "OPTIONS"), (3.5, "OPTIONS"), (3.51, "200")],
        ),
    ],
)
def test_a_lost_request_or_answer_costs_one_gap(
    lost: list[int], expected: list[tuple[float, str]]
) -> None:
    """RFC 3261 §17.1.2.2."""
    link, alice, bob = exchange(OPTIONS, 200, lost=frozenset(lost))
    assert link.log == expected
    assert (codes(alice), requests(bob)) == ([200], 1)


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        ([], [(0.0, "INVITE"), (0.01, "486"), (0.02, "ACK")]),
        ([0], [(0.0, "INVITE"), (0.5, "INVITE"), (0.51, "486"), (0.52, "ACK")]),
        (
            [1],  # both ends notice, and the second 486 crosses the second INVITE's answer
            [
                (0.0, "INVITE"), (0.01, "486"), (0.5, "INVITE"),
                (0.51, "486"), (0.51, "486"), (0.52, "ACK"), (0.52, "ACK"),
            ],
        ),
        ([2], [(0.0, "INVITE"), (0.01, "486"), (0.02, "ACK"), (0.51, "486"), (0.52, "ACK")]),
    ],
)  # fmt: skip
def test_a_refused_invite_survives_the_loss_of_each_message(
    lost: list[int], expected: list[tuple[float, str]]
) -> None:
    """RFC 3261 §17.1.1.2, §17.2.1."""
    link, alice, bob = exchange(INVITE, 486, lost=frozenset(lost))
    assert link.log == expected
    assert (codes(alice), requests(bob)) == ([486], 1)


def test_on_a_reliable_transport_nothing_is_sent_twice() -> None:
    link, _, _ = exchange(INVITE, 100, 486, transport=Transport.TCP)
    assert [name for _, name in link.log] == ["INVITE", "100", "486", "ACK"]


@given(
    request=st.sampled_from([INVITE, OPTIONS]),
    answers=st.sampled_from([(200,), (100, 200), (486,), (100, 404)]),
    lost=st.frozensets(st.integers(0, 12), max_size=5),
    doubled=st.frozensets(st.integers(0, 12)),
)
def test_whatever_is_lost_or_doubled_one_request_gets_one_answer_and_nothing_stays(
    request: Request, answers: tuple[int, ...], lost: frozenset[int], doubled: frozenset[int]
) -> None:
    """Five losses are fewer than the copies that RFC 3261 §17 sends.

    A 2xx to INVITE is resent by the user agent (§13.3.1.4), which is not here: a caller who was
    told to wait and hears no more has to give up by CANCEL.
    """
    link, alice, bob = exchange(request, *answers, lost=lost, doubled=doubled)
    finals = [code for code in codes(alice) if code >= 200]
    assert requests(bob) == 1
    if request is INVITE and answers[-1] == 200:
        assert set(finals) <= {200}
        link.carry(alice, alice.layer.cancel(ALICES_FIRST, link.now))
        link.run()
    else:
        assert finals == [answers[-1]]
    assert (len(alice.layer), len(bob.layer)) == (0, 0)
