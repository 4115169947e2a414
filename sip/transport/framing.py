"""Cuts the byte stream of a connection into messages (RFC 3261 §18.3, RFC 5626 §4.4.1)."""

from __future__ import annotations

import enum
import re
from typing import Final

from sip.errors import MalformedHeader, MalformedMessage
from sip.syntax.grammar import parse_number
from sip.syntax.message import MAXIMUM_MESSAGE_BYTES, Request, parse_message
from sip.syntax.reason_phrases import reason_phrase

_HEADER_END: Final = b"\r\n\r\n"
_CONTENT_LENGTH: Final = re.compile(
    rb"\r\n(?:Content-Length|l)[ \t]*+:((?:[^\r\n]|\r\n[ \t])*+)(?=\r\n)", re.IGNORECASE
)


class KeepAlive(enum.Enum):
    """Empty lines between messages, by which the ends of a connection learn that it still works."""

    PING = b"\r\n\r\n"
    """To be answered with a PONG."""

    PONG = b"\r\n"
    """The answer to a PING; asks for nothing."""


class StreamFramer:
    """The receiving half of one connection.

    Holds no more than one incomplete message, `MAXIMUM_MESSAGE_BYTES` at most. Once it has raised
    MalformedMessage, nobody knows where the next message would start: close the connection.
    """

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._searched = 0
        self._length: int | None = None  # of the whole message, known once its header is complete
        self._broken: MalformedMessage | None = None

    @property
    def incomplete(self) -> bool:
        """Whether a message has begun and not ended, which must not last for ever."""
        return bool(self._waiting)

    def feed(self, data: bytes) -> list[bytes | KeepAlive]:
        """Take what was read and return what is complete now, in order.

        Keep-alives that follow one another count as one. A message that is complete is not lost to
        a malformed one behind it: that one is reported by the next call.

        Raises:
            MalformedMessage: a header without an end, or without one Content-Length that can be
                believed. It carries the answer to send before closing.
        """
        if self._broken is not None:
            raise self._broken
        self._waiting += data
        complete: list[bytes | KeepAlive] = []
        try:
            while (found := self._keep_alive() or self._message()) is not None:
                if isinstance(found, bytes) or found not in complete[-1:]:
                    complete.append(found)
        except MalformedMessage as error:
            self._broken = error
            if not complete:
                raise
        return complete

    def _keep_alive(self) -> KeepAlive | None:
        for kind in (KeepAlive.PING, KeepAlive.PONG):
            if self._waiting.startswith(kind.value):
                del self._waiting[: len(kind.value)]
                return kind
        return None

    def _message(self) -> bytes | None:
        if self._length is None:
            end = self._waiting.find(_HEADER_END, self._searched)
            if end < 0:
                self._searched = max(0, len(self._waiting) - len(_HEADER_END) + 1)
                _bound(len(self._waiting))
                return None
            self._length = _whole_length(bytes(self._waiting[: end + len(_HEADER_END)]))
        if len(self._waiting) < self._length:
            return None
        message = bytes(self._waiting[: self._length])
        del self._waiting[: self._length]
        self._searched, self._length = 0, None
        return message


def _whole_length(header: bytes) -> int:
    """How long the message with this header is, in bytes."""
    try:
        return _bound(len(header) + _body_length(header))
    except MalformedHeader as error:
        raise _refusal(header, str(error)) from error


def _body_length(header: bytes) -> int:
    stated = _CONTENT_LENGTH.findall(header)
    if len(stated) != 1:
        raise MalformedHeader(f"stands there {len(stated)} times", header="Content-Length")
    return parse_number(stated[0].decode("latin-1").strip("\r\n"), MAXIMUM_MESSAGE_BYTES)


def _bound(length: int) -> int:
    if length > MAXIMUM_MESSAGE_BYTES:
        raise MalformedMessage(
            f"a message of {length} bytes or more, where {MAXIMUM_MESSAGE_BYTES} are read",
            code=513,
            reason=reason_phrase(513),
        )
    return length


def _refusal(header: bytes, problem: str) -> MalformedMessage:
    """The answer to a message whose body cannot be found; the parser knows whom to answer."""
    try:
        message = parse_message(header)
    except MalformedMessage as error:
        return error
    request = message if isinstance(message, Request) and message.method != "ACK" else None
    return MalformedMessage(problem, reason="Missing or Malformed Content-Length", request=request)
