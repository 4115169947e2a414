"""Requests and responses: values, written by `bytes`, read by `parse_message` (RFC 3261 §7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from sip.errors import MalformedHeader, MalformedMessage, MalformedUri, MisuseError
from sip.syntax.address import NameAddress
from sip.syntax.cseq import CSeq
from sip.syntax.event import Event, SubscriptionState
from sip.syntax.grammar import TOKEN, is_token, parse_number, shown
from sip.syntax.headers import NO_HEADERS, Headers, canonical_name
from sip.syntax.media_type import MediaType
from sip.syntax.methods import KNOWN_METHODS
from sip.syntax.rack import HIGHEST_RSEQ, RAck
from sip.syntax.reason_phrases import reason_phrase
from sip.syntax.replaces import Replaces
from sip.syntax.session_expires import SessionExpires, parse_min_se
from sip.syntax.typed_header import optional, required, several
from sip.syntax.uri import OpaqueUri, SipUri, parse_uri
from sip.syntax.via import Via

MAXIMUM_MESSAGE_BYTES: Final = 65536
"""The longest message that is read: no UDP datagram is longer."""

MAXIMUM_HEADER_FIELDS: Final = 256
"""The most header fields that are read: a way through 70 proxies, as far as Max-Forwards
usually lets it go, leaves some 150."""

_UNREADABLE: Final = OpaqueUri("", "")

_NEVER_MALFORMED: Final = (
    "vias",
    "from_",
    "to",
    "call_id",
    "cseq",
    "max_forwards",
    "content_length",
)
_SINGLE: Final = ("Call-ID", "CSeq", "From", "To", "Max-Forwards", "Content-Length", "Content-Type")
_HIGHEST_MAX_FORWARDS: Final = 255
_HIGHEST_SECONDS: Final = 2**32 - 1
_DIALOG_FORMING: Final = ("INVITE", "SUBSCRIBE", "REFER")
_VERSION: Final = "SIP/2.0"

_METHOD: Final = re.compile(rf"({TOKEN})[ \t]")
_REQUEST_LINE: Final = re.compile(rf"{TOKEN} ([^ ]++) (SIP/[0-9]++\.[0-9]++)", re.IGNORECASE)
_STATUS_LINE: Final = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: ([^\r\n]*+))?", re.IGNORECASE)
_FOLD: Final = re.compile(r"\r\n[ \t]++")


def _parse_call_id(text: str) -> str:
    if not text or " " in text or "\t" in text:
        raise MalformedHeader(f"{shown(text)} is no word@word")
    return text


def _parse_token(text: str) -> str:
    if not is_token(text):
        raise MalformedHeader(f"{shown(text)} is no token")
    return text


class Message:
    """What requests and responses share: typed views of the header fields.

    Each is parsed when first read, and then kept. Reading one whose field is malformed raises
    MalformedHeader. Those marked * are never malformed in a message that `parse_message` returned.
    """

    __slots__ = ()

    headers: Headers
    body: bytes
    _typed: dict[str, Any]

    vias = several("Via", Via.parse, at_least=1)
    """* Every hop, the topmost first; at least one."""

    from_ = required("From", NameAddress.parse)
    """* Who sends the request."""

    to = required("To", NameAddress.parse)
    """* Whom it is for."""

    call_id = required("Call-ID", _parse_call_id)
    """* Compared octet by octet."""

    cseq = required("CSeq", CSeq.parse)
    """* In a request its method is the request's."""

    max_forwards = optional("Max-Forwards", lambda text: parse_number(text, _HIGHEST_MAX_FORWARDS))
    """* 0 to 255; None for a client of RFC 2543, which had no such field."""

    content_length = optional(
        "Content-Length", lambda text: parse_number(text, MAXIMUM_MESSAGE_BYTES)
    )
    """* As it was received, in bytes; `bytes(message)` counts the body itself."""

    content_type = optional("Content-Type", MediaType.parse)
    contacts = several("Contact", NameAddress.parse)
    routes = several("Route", NameAddress.parse)
    record_routes = several("Record-Route", NameAddress.parse)
    require = several("Require", _parse_token)
    supported = several("Supported", _parse_token)
    unsupported = several("Unsupported", _parse_token)
    allow = several("Allow", _parse_token)
    content_encodings = several("Content-Encoding", _parse_token)

    accept = several("Accept", MediaType.parse)
    """Empty where the field is, which takes no body at all, and where there is no such field, which
    takes application/sdp (RFC 3261 §20.1)."""

    expires = optional("Expires", lambda text: parse_number(text, _HIGHEST_SECONDS))
    """Seconds."""

    rseq = optional("RSeq", lambda text: parse_number(text, HIGHEST_RSEQ))
    rack = optional("RAck", RAck.parse)
    session_expires = optional("Session-Expires", SessionExpires.parse)
    min_se = optional("Min-SE", parse_min_se)
    """Seconds."""

    replaces = optional("Replaces", Replaces.parse)
    refer_to = optional("Refer-To", NameAddress.parse)
    event = optional("Event", Event.parse)
    subscription_state = optional("Subscription-State", SubscriptionState.parse)

    @property
    def top_via(self) -> Via:
        """The topmost of `vias`."""
        return self.vias[0]

    def _written(self, start_line: str) -> bytes:
        head = f"{start_line}\r\n{self.headers.without('Content-Length')}"
        length = f"Content-Length: {len(self.body)}\r\n\r\n"
        return (head + length).encode("utf-8", "surrogateescape") + self.body


@dataclass(frozen=True, slots=True)
class Request(Message):
    """A request. Its `method` is in the case in which it came, which matters (RFC 3261 §7.1)."""

    method: str
    uri: SipUri | OpaqueUri
    headers: Headers = NO_HEADERS
    body: bytes = b""
    _typed: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def with_top_via(self, via: Via) -> Request:
        """The same with `via` in the place of `top_via`; what was read so far is not read again."""
        headers = self.headers.without_first("Via").with_first("Via", str(via))
        changed = Request(self.method, self.uri, headers, self.body)
        changed._typed.update(self._typed, vias=(via, *self.vias[1:]))
        return changed

    def __bytes__(self) -> bytes:
        return self._written(f"{self.method} {self.uri} {_VERSION}")


@dataclass(frozen=True, slots=True)
class Response(Message):
    """A response. `code` is 100 to 699; `reason` is for people and may be empty."""

    code: int
    reason: str
    headers: Headers = NO_HEADERS
    body: bytes = b""
    _typed: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __bytes__(self) -> bytes:
        return self._written(f"{_VERSION} {self.code} {self.reason}")


M = TypeVar("M", Request, Response)


def parse_message(data: bytes) -> Request | Response:
    """Read one datagram, or one message that was cut from a stream (RFC 3261 §7, §18.3).

    Empty lines before it and octets after the length that Content-Length states are ignored. The
    fields marked * in `Message` are checked here; of the others only that their lines are lines.
    Octets in header fields that are no UTF-8 are kept and written back as they are.

    Raises:
        MalformedMessage: with the answer that fits, 400, 501, 505 or 513, for a request.
    """
    if len(data) > MAXIMUM_MESSAGE_BYTES:
        raise MalformedMessage(
            f"{len(data)} bytes are more than {MAXIMUM_MESSAGE_BYTES}",
            code=513,
            reason=reason_phrase(513),
        )
    head, end_of_head, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    start_line, _, fields = head.decode("utf-8", "surrogateescape").partition("\r\n")
    headers, problem = _read_fields(fields)
    if not end_of_head:
        problem = "no empty line ends the header"
    if (status := _STATUS_LINE.fullmatch(start_line)) is not None:
        return _response(status, headers, body, problem)
    return _request(start_line, headers, body, problem)


def make_response(
    request: Request,
    code: int,
    reason: str | None = None,
    *,
    to_tag: str = "",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    content_type: str = "",
) -> Response:
    """Build the answer to `request` (RFC 3261 §8.2.6), be it one that only partly could be read.

    Via, From, To, Call-ID and CSeq are copied as they came; to a To without a tag `to_tag` is
    added. Answers that may form a dialog copy Record-Route (§12.1.1), and a 100 copies Timestamp
    (§8.2.6.1). `reason` is the usual phrase unless given. `headers` come after these;
    `content_type` is that of `body`.

    Raises:
        MisuseError: `reason` or one of `headers` holds a line break.
    """
    copied = {"Via", "From", "To", "Call-ID", "CSeq"}
    if code == 100:
        copied.add("Timestamp")
    elif code < 300 and request.method in _DIALOG_FORMING:
        copied.add("Record-Route")
    fields = [(name, value) for name, value in request.headers if name in copied]
    if to_tag and not _has_to_tag(request):
        fields = [
            (name, f"{value};tag={to_tag}" if name == "To" else value) for name, value in fields
        ]
    added = Headers.of(*headers, *([("Content-Type", content_type)] if content_type else []))
    phrase = reason_phrase(code) if reason is None else reason
    if "\r" in phrase or "\n" in phrase:
        raise MisuseError(f"reason {shown(phrase)} holds a line break")
    return Response(code, phrase, Headers((*fields, *added)), body)


def _has_to_tag(request: Request) -> bool:
    """Whether the To has its tag, or is too broken for one to be added."""
    try:
        return bool(request.to.tag)
    except MalformedHeader:
        return True


def _read_fields(text: str) -> tuple[Headers, str]:
    """The fields that could be read, and what is wrong with the others."""
    if "\r\n " in text or "\r\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.split("\r\n") if text else []
    fields: list[tuple[str, str]] = []
    problem = ""
    if len(lines) > MAXIMUM_HEADER_FIELDS:
        problem = f"{len(lines)} header fields are more than {MAXIMUM_HEADER_FIELDS}"
    for line in lines[:MAXIMUM_HEADER_FIELDS]:
        text_name, colon, value = line.partition(":")
        name = canonical_name(text_name.rstrip(" \t")) if colon else None
        if name is not None and "\r" not in value and "\n" not in value:
            fields.append((name, value.strip(" \t")))
        else:
            problem = problem or f"{shown(line)} is no header field"
    return Headers(fields), problem


def _response(status: re.Match[str], headers: Headers, body: bytes, problem: str) -> Response:
    reason = status[2] or ""
    if not reason.isascii():
        reason = reason.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    response = Response(int(status[1]), reason, headers, body)
    try:
        _check(response, problem)
    except MalformedHeader as error:
        raise MalformedMessage(str(error)) from error
    return _cut_to_length(response)


def _request(start_line: str, headers: Headers, body: bytes, problem: str) -> Request:
    method = _METHOD.match(start_line)
    if method is None:
        raise MalformedMessage(f"{shown(start_line)} is neither a request line nor a status line")
    readable = Request(method[1], _UNREADABLE, headers, body)
    line = _REQUEST_LINE.fullmatch(start_line)
    if line is None:
        raise _refusal(
            f"{shown(start_line)} is no request line", readable, "Malformed Request-Line"
        )
    if line[2].upper() != _VERSION:
        raise _refusal(f"{line[2]} is not {_VERSION}", readable, code=505)
    try:
        request = Request(method[1], parse_uri(line[1]), headers, body)
        _check(request, problem)
    except MalformedUri as error:
        raise _refusal(str(error), readable, "Malformed Request-URI") from error
    except MalformedHeader as error:
        reason = f"Missing or Malformed {error.header or 'Header Field'}"
        raise _refusal(str(error), readable, reason) from error
    if request.cseq.method != request.method:
        raise _refusal(
            f"CSeq counts {shown(request.cseq.method)} in a {shown(request.method)}",
            request,
            code=400 if request.method in KNOWN_METHODS else 501,  # RFC 4475 §3.1.2.18
        )
    return _cut_to_length(request)


def _check(message: Request | Response, problem: str) -> None:
    """Raise MalformedHeader unless the fields marked * are well formed and there once."""
    if problem:
        raise MalformedHeader(problem)
    for header in _SINGLE:
        if message.headers.count(header) > 1:
            raise MalformedHeader("stands there more than once", header=header)
    for attribute in _NEVER_MALFORMED:
        getattr(message, attribute)
    if (message.content_length or 0) > len(message.body):
        raise MalformedHeader(
            f"{message.content_length} bytes announced, {len(message.body)} there",
            header="Content-Length",
        )


def _cut_to_length(message: M) -> M:
    length = message.content_length
    if length is None or length == len(message.body):
        return message
    return replace(message, body=message.body[:length])


def _refusal(
    problem: str, readable: Request, reason: str = "", *, code: int = 400
) -> MalformedMessage:
    answerable = readable if "Via" in readable.headers and readable.method != "ACK" else None
    return MalformedMessage(
        problem, code=code, reason=reason or reason_phrase(code), request=answerable
    )
