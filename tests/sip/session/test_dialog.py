"""RFC 3261 §12."""

import dataclasses

import pytest

from sip.errors import MalformedHeader
from sip.flow import Address, Flow, Transport
from sip.session.dialog import Dialog
from sip.syntax.address import NameAddress
from sip.syntax.message import Request
from tests.sip.scripted import answer, from_peer

FLOW = Flow(Transport.UDP, Address("192.0.2.2", 5060), Address("192.0.2.1", 5060))
CONTACT = NameAddress.parse("<sip:speaker@192.0.2.2:5060>")
ROUTES = (("Record-Route", "<sip:p2.example;lr>, <sip:p1.example;lr>"),)
STRICT = (("Record-Route", "<sip:p2.example;transport=tcp;method=BYE?a=b>, <sip:p1.example;lr>"),)


def called(headers: tuple[tuple[str, str], ...] = ()) -> Dialog:
    return Dialog.called(
        from_peer("INVITE", cseq=7, headers=headers), tag="our-tag", contact=CONTACT, flow=FLOW
    )


def calling(headers: tuple[tuple[str, str], ...] = (), code: int = 200) -> Dialog:
    invite = from_peer("INVITE", from_tag="our-tag", cseq=7)
    response = answer(invite, code, tag="their-tag", headers=headers)
    return Dialog.calling(invite, response, contact=CONTACT, flow=FLOW)


def routes(request: Request) -> list[str]:
    return [str(route) for route in request.routes]


def test_the_called_side_learns_everything_from_the_invite() -> None:
    """§12.1.1."""
    dialog = called(ROUTES)
    assert dialog.call_id == "call-1"
    assert (dialog.local.tag, dialog.remote.tag) == ("our-tag", "peer-tag")
    assert str(dialog.remote_target) == "sip:peer@192.0.2.1:5060"
    assert [str(route) for route in dialog.route_set] == [
        "<sip:p2.example;lr>",
        "<sip:p1.example;lr>",
    ]
    assert (dialog.local_sequence, dialog.remote_sequence) == (0, 7)
    assert not dialog.owns_call_id


def test_the_calling_side_takes_the_routes_backwards() -> None:
    """§12.1.2."""
    dialog = calling(ROUTES)
    assert (dialog.local.tag, dialog.remote.tag) == ("our-tag", "their-tag")
    assert [str(route) for route in dialog.route_set] == [
        "<sip:p1.example;lr>",
        "<sip:p2.example;lr>",
    ]
    assert (dialog.local_sequence, dialog.remote_sequence) == (7, None)
    assert dialog.owns_call_id


def test_a_peer_without_a_tag_has_a_dialog_too() -> None:
    """§12.1.1: RFC 2543 had no mandatory tags."""
    invite = from_peer("INVITE")
    headers = invite.headers.without("From").with_added("From", "<sip:peer@192.0.2.1>")
    dialog = Dialog.called(
        dataclasses.replace(invite, headers=headers), tag="our-tag", contact=CONTACT, flow=FLOW
    )
    assert dialog.remote.tag == ""
    assert "tag" not in str(dialog.request("BYE").to)


def test_no_contact_no_dialog() -> None:
    invite = from_peer("INVITE")
    bare = dataclasses.replace(invite, headers=invite.headers.without("Contact"))
    with pytest.raises(MalformedHeader, match="Contact"):
        Dialog.called(bare, tag="our-tag", contact=CONTACT, flow=FLOW)


def test_a_request_within_a_dialog_names_both_ends() -> None:
    """§12.2.1.1."""
    request = called().request("INFO", body=b"5", content_type="application/dtmf")
    assert request.method == "INFO"
    assert str(request.uri) == "sip:peer@192.0.2.1:5060"
    assert (request.from_.tag, request.to.tag) == ("our-tag", "peer-tag")
    assert (request.cseq.number, request.cseq.method) == (1, "INFO")
    assert request.max_forwards == 70
    assert request.headers.get("Content-Type") == "application/dtmf"
    assert routes(request) == []


def test_what_a_request_uri_must_not_have_is_left_out_of_it() -> None:
    """§19.1.1, table 1: a Contact may have header fields, and peers refuse a request to them."""
    dialog = called((("Contact", "<sip:peer@192.0.2.1;method=INVITE;x=y?Subject=z>"),))
    assert str(dialog.request("BYE").uri) == "sip:peer@192.0.2.1;x=y"


def test_loose_routers_are_passed_by_in_order() -> None:
    """§12.2.1.1, §16.12.1.1."""
    dialog = calling(ROUTES)
    request = dialog.request("BYE")
    assert str(request.uri) == "sip:peer@192.0.2.1:5060"
    assert routes(request) == ["<sip:p1.example;lr>", "<sip:p2.example;lr>"]
    assert str(dialog.next_hop) == "sip:p1.example;lr"


def test_a_strict_router_takes_the_place_of_the_peer() -> None:
    """§12.2.1.1, §16.12.1.2: without what a Request-URI must not have."""
    dialog = called(STRICT)
    request = dialog.request("BYE")
    assert str(request.uri) == "sip:p2.example;transport=tcp"
    assert routes(request) == ["<sip:p1.example;lr>", "<sip:peer@192.0.2.1:5060>"]
    assert str(dialog.next_hop).startswith("sip:p2.example;transport=tcp")


def test_an_ack_has_the_number_of_its_invite_and_the_routes_of_the_dialog() -> None:
    """§13.2.2.4, §17.1.1.3."""
    dialog = calling(ROUTES)
    dialog.request("INFO")
    ack = dialog.ack(7, body=b"v=0")
    assert (ack.cseq.number, ack.cseq.method) == (7, "ACK")
    assert len(ack.routes) == 2
    assert ack.headers.get("Content-Type") == "application/sdp"
    assert dialog.request("BYE").cseq.number == 9


def test_a_request_older_than_the_last_is_out_of_order() -> None:
    """§12.2.2: lower is refused; the number itself and gaps are not."""
    dialog = called()
    numbers = [7, 9, 8, 9, 100]
    taken = [dialog.take_request(from_peer("INFO", cseq=number), FLOW) for number in numbers]
    assert taken == [True, True, False, True, True]


def test_an_out_of_order_request_does_not_move_the_flow() -> None:
    dialog = called()
    other = dataclasses.replace(FLOW, remote=Address("192.0.2.66", 5060))
    dialog.take_request(from_peer("INFO", cseq=1), other)
    assert dialog.flow == FLOW


def test_a_target_refresh_changes_the_target_but_not_the_routes() -> None:
    """§12.2.1.1, §12.2.2."""
    dialog = called(ROUTES)
    moved = [("Contact", "<sip:peer@192.0.2.8>"), ("Record-Route", "<sip:p9.example;lr>")]
    dialog.refresh(from_peer("INVITE", headers=moved))
    assert str(dialog.remote_target) == "sip:peer@192.0.2.8"
    assert str(dialog.route_set[0]) == "<sip:p2.example;lr>"


@pytest.mark.parametrize("contact", ["<tel:+15551234>", "<<", "*"])
def test_a_target_that_makes_no_sense_refreshes_nothing(contact: str) -> None:
    dialog = called()
    dialog.refresh(from_peer("INVITE", headers=[("Contact", contact)]))
    assert str(dialog.remote_target) == "sip:peer@192.0.2.1:5060"
