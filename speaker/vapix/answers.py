"""How the CGIs about sound answer (VAPIX Media clip API and Audio API): plain text."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import PlainTextResponse

CLOSE = {"Connection": "close"}
"""For answers to a body that has not ended, and may never."""


def done(what: str) -> PlainTextResponse:
    """`OK`, and what was done: `playing=3`."""
    return PlainTextResponse(f"OK\r\n{what}\r\n")


def refused(code: int, why: str, *, close: bool = False) -> PlainTextResponse:
    """The status in words, and why."""
    words = HTTPStatus(code).phrase
    headers = CLOSE if close else None
    return PlainTextResponse(f"{code} {words}\r\n{why}\r\n", status_code=code, headers=headers)
