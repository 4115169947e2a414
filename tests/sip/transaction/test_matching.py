from collections.abc import Callable
from functools import partial

import pytest

from sip.syntax.message import Request
from sip.syntax.via import Via
from sip.transaction.matching import (
    client_key_of_request,
    client_key_of_response,
    same_sent_by,
    server_key,
)
from tests.sip.transaction_messages import a_request, answer


def test_a_response_is_matched_by_branch_and_method() -> None:
    """RFC 3261 §17.1.3: a CANCEL shares the branch of its INVITE."""
    invite, cancel = a_request("INVITE"), a_request("CANCEL")
    assert client_key_of_response(answer(invite, 200)) == client_key_of_request(invite)
    assert client_key_of_response(answer(cancel, 200)) != client_key_of_request(invite)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (a_request("INVITE", branch="Z9HG4BK-1"), True),  # parameter values have no case (§7.3.1)
        (a_request("INVITE", cseq=2, to_tag="x", uri="sip:other@h"), True),  # the branch decides
        (a_request("ACK", to_tag="b"), True),
        (a_request("INVITE", branch="z9hG4bK-2"), False),
        (a_request("INVITE", sent_by="192.0.2.1:5070"), False),
        (a_request("INVITE", sent_by="192.0.2.9:5060"), False),
        (a_request("CANCEL"), False),
        (a_request("OPTIONS"), False),
    ],
)
def test_a_unique_branch_with_sent_by_and_method_names_a_server_transaction(
    other: Request, same: bool
) -> None:
    """RFC 3261 §17.2.3."""
    assert (server_key(other) == server_key(a_request("INVITE"))) is same


@pytest.mark.parametrize("branch", ["", "1", "z9hG4bK"])
@pytest.mark.parametrize(
    ("changed", "same"),
    [
        (partial(a_request), True),
        # what we add to the Via ourselves
        (partial(a_request, via_parameters=";received=192.0.2.1;rport=9"), True),
        (partial(a_request, uri="sip:carol@192.0.2.2"), False),
        (partial(a_request, to_tag="x"), False),
        (partial(a_request, sent_by="192.0.2.9"), False),
        (partial(a_request, transport="TCP"), False),
        (partial(a_request, cseq=2), False),
    ],
)
def test_without_a_unique_branch_the_old_fields_decide(
    branch: str, changed: Callable[..., Request], same: bool
) -> None:
    """RFC 3261 §17.2.3, as RFC 2543 did."""
    first = a_request("INVITE", branch=branch)
    second = changed("INVITE", branch=branch)
    assert (server_key(first) == server_key(second)) is same


@pytest.mark.parametrize(
    ("answered", "same"),
    [
        ("SIP/2.0/UDP 192.0.2.1", True),
        ("SIP/2.0/UDP 192.0.2.1:5060;received=203.0.113.1", True),
        ("SIP/2.0/UDP 192.0.2.1:5062", False),
        ("SIP/2.0/UDP 192.0.2.9", False),
    ],
)
def test_sent_by_of_a_response_has_to_be_ours(answered: str, same: bool) -> None:
    """RFC 3261 §18.1.2; a port left out is the usual one."""
    assert same_sent_by(Via("UDP", "192.0.2.1", 5060), Via.parse(answered)) is same
