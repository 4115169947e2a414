"""The session description that a message carries."""

from sip.syntax.media_type import SDP
from sip.syntax.message import Request, Response


def description_in(message: Request | Response) -> bytes:
    """The session description in a message, or `b""`: none, or a body of another kind."""
    content_type = message.headers.get("Content-Type") or ""
    kind = content_type.partition(";")[0].strip().lower()
    return message.body if kind == SDP else b""
