"""What must hold for any bytes from the network before the user agent sees them."""

from __future__ import annotations

from sip.errors import MalformedHeader, MalformedMessage
from sip.screening import problem_with
from sip.syntax.message import Message, Request, Response, make_response, parse_message
from sip.syntax.typed_header import TypedHeader
from sip.transport.framing import StreamFramer

TYPED = [name for name, value in vars(Message).items() if isinstance(value, TypedHeader)]


def survive(data: bytes) -> None:
    """Do with `data` what a speaker would, as a datagram and as a stream; check what must hold."""
    _survive_datagram(data)
    framer = StreamFramer()
    try:
        for start in range(0, len(data), 1400):
            framer.feed(data[start : start + 1400])
    except MalformedMessage:
        return


def _survive_datagram(data: bytes) -> None:
    try:
        message = parse_message(data)
    except MalformedMessage as error:
        if error.request is not None:
            answer = make_response(error.request, error.code, error.reason, to_tag="fuzz")
            assert bytes(answer)
        return
    for attribute in TYPED:
        try:
            getattr(message, attribute)
        except MalformedHeader:
            continue
    assert bytes(parse_message(bytes(message))) == bytes(message)
    _judge(message)


def _judge(message: Request | Response) -> None:
    if isinstance(message, Response):
        return
    refusal = problem_with(message, allowed_methods=("INVITE", "ACK", "OPTIONS"))
    if refusal is not None:
        make_response(message, refusal.code, refusal.reason, headers=refusal.headers)
    answer = make_response(message, 200, to_tag="fuzz")
    again = parse_message(bytes(answer))
    assert again.cseq == message.cseq
    assert again.vias == message.vias
