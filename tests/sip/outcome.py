"""What becomes of a message that arrives at a user agent, before its dialog is looked for."""

from __future__ import annotations

from typing import Final

from sip.errors import MalformedMessage
from sip.screening import problem_with
from sip.syntax.message import Request, parse_message

ACCEPTED: Final = "accepted"
DROPPED: Final = "dropped"

METHODS: Final = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "MESSAGE", "REGISTER")
TYPES: Final = ("application/sdp", "multipart/mixed", "text/plain")


def outcome(data: bytes) -> str | int:
    """Accepted, dropped, or the status code of the refusal.

    The user agent takes `METHODS` and bodies of `TYPES`, and supports no extension.
    """
    try:
        message = parse_message(data)
    except MalformedMessage as error:
        return DROPPED if error.request is None else error.code
    if not isinstance(message, Request):
        return ACCEPTED if len(message.vias) == 1 else DROPPED  # §8.1.3.3: it went astray
    refusal = problem_with(message, allowed_methods=METHODS, accepted_types=TYPES)
    return ACCEPTED if refusal is None else refusal.code
