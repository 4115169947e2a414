"""Offers of a phone, and what we answer."""

from __future__ import annotations

from media.sdp.negotiation import AgreedStream, Capabilities, Origin, answer_offer
from media.sdp.session_description import SessionDescription

ORIGIN = Origin(1, 1, "198.51.100.1")
HEAD = "v=0\r\no=- 9 9 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"


def offer(*lines: str, head: str = HEAD) -> bytes:
    """A description with these media lines."""
    return (head + "".join(f"{line.rstrip()}\r\n" for line in lines)).encode()


def answered(body: bytes, **capabilities: object) -> tuple[AgreedStream, SessionDescription]:
    """What we agree to, and our answer."""
    can = Capabilities(**capabilities)  # type: ignore[arg-type]
    answer = answer_offer(body, can, "198.51.100.1", 5000, origin=ORIGIN)
    return answer.stream, SessionDescription.parse(answer.body)
