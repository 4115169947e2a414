"""Messages and flows that the transaction tests speak of."""

from sip.flow import Address, Flow, Transport
from sip.syntax.message import Request, Response, make_response, parse_message

ALICE = Address("192.0.2.1", 5060)
BOB = Address("192.0.2.2", 5060)

UDP = Flow(Transport.UDP, local=ALICE, remote=BOB)
TCP = Flow(Transport.TCP, local=ALICE, remote=BOB, connection=7)


def a_request(
    method: str = "OPTIONS",
    *,
    branch: str = "z9hG4bK-1",
    sent_by: str = "192.0.2.1:5060",
    via_parameters: str = "",
    to_tag: str = "",
    cseq: int = 1,
    transport: str = "UDP",
    uri: str = "sip:bob@192.0.2.2",
    more: str = "",
) -> Request:
    """A request from Alice to Bob; an empty `branch` leaves it out, as clients of RFC 2543 do."""
    branch_parameter = f";branch={branch}" if branch else ""
    tag = f";tag={to_tag}" if to_tag else ""
    message = parse_message(
        (
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/{transport} {sent_by}{branch_parameter}{via_parameters}\r\n"
            "Max-Forwards: 70\r\n"
            "From: <sip:alice@192.0.2.1>;tag=a\r\n"
            f"To: <sip:bob@192.0.2.2>{tag}\r\n"
            "Call-ID: call-1\r\n"
            f"CSeq: {cseq} {method}\r\n"
            f"{more}"
            "Content-Length: 0\r\n\r\n"
        ).encode()
    )
    assert isinstance(message, Request)
    return message


def answer(request: Request, code: int, to_tag: str = "b") -> Response:
    """Bob's response to `request`."""
    return make_response(request, code, to_tag="" if code == 100 else to_tag)


OPTIONS = a_request("OPTIONS")
INVITE = a_request("INVITE")
