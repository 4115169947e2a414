"""The bench's own caller: what it writes and reads."""

import pytest

from tools.bench.device import Address
from tools.bench.errors import Unreadable
from tools.bench.sip_text import CallText, offer, read_response, sound_address

CALL = CallText("sip:speaker@127.0.0.1:5060", Address("127.0.0.1", 7000), "abc")

ANSWER = (
    b"SIP/2.0 200 OK\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.1:7000;branch=z9hG4bK-abc-invite\r\n"
    b"To: <sip:speaker@127.0.0.1:5060>;tag=theirs\r\n"
    b"Call-ID: abc@bench\r\n"
    b"CSeq: 1 INVITE\r\n"
    b"Contact: <sip:room@127.0.0.1:5062>\r\n"
    b"\r\n"
    b"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n"
)


def lines_of(message: bytes) -> list[str]:
    return message.decode().split("\r\n")


def test_a_request_tells_its_length_and_ends_its_head_with_an_empty_line() -> None:
    """RFC 3261 §20.14 and §7."""
    head, _, body = CALL.invite(offer(Address("127.0.0.1", 30000))).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}" in lines_of(head)
    assert body.startswith(b"v=0\r\n")


def test_ack_and_bye_of_an_answered_call_go_to_the_contact_with_the_peers_tag() -> None:
    """RFC 3261 §12.2.1.1: the remote target, and the tag of the To header."""
    answer = read_response(ANSWER)
    assert answer is not None
    for request, method in ((CALL.ack(answer), "ACK"), (CALL.bye(answer), "BYE")):
        assert lines_of(request)[0] == f"{method} sip:room@127.0.0.1:5062 SIP/2.0"
        assert "To: <sip:speaker@127.0.0.1:5060>;tag=theirs" in lines_of(request)


@pytest.mark.parametrize("status", [b"SIP/2.0 486 Busy Here", b"SIP/2.0 487 Request Terminated"])
def test_the_ack_of_a_refusal_is_part_of_the_invites_transaction(status: bytes) -> None:
    """RFC 3261 §17.1.1.3: the same branch and request URI as the INVITE."""
    refusal = read_response(ANSWER.replace(b"SIP/2.0 200 OK", status))
    assert refusal is not None
    ack, invite = lines_of(CALL.ack(refusal)), lines_of(CALL.invite(""))
    assert ack[0] == "ACK sip:speaker@127.0.0.1:5060 SIP/2.0"
    assert ack[1] == invite[1]


def test_cancel_carries_the_branch_and_number_of_the_invite() -> None:
    """RFC 3261 §9.1."""
    cancel, invite = lines_of(CALL.cancel()), lines_of(CALL.invite(""))
    assert cancel[1] == invite[1]
    assert "CSeq: 1 CANCEL" in cancel


def test_a_request_is_no_response() -> None:
    assert read_response(CALL.invite("")) is None


def test_a_response_without_a_cseq_cannot_be_read() -> None:
    with pytest.raises(Unreadable, match="cseq"):
        read_response(ANSWER.replace(b"CSeq", b"X-Seq"))


def test_the_sound_goes_where_the_answer_says() -> None:
    """RFC 4566 §5.7 and §5.14."""
    answer = read_response(ANSWER)
    assert answer is not None
    assert sound_address(answer.body) == Address("127.0.0.1", 4000)


def test_an_answer_that_refuses_the_sound_names_no_address() -> None:
    """RFC 3264 §6: port 0."""
    with pytest.raises(Unreadable, match="no sound"):
        sound_address("c=IN IP4 127.0.0.1\r\nm=audio 0 RTP/AVP 0\r\n")
