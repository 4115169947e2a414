"""Requests and responses as bytes, to be bent by tests: give what differs, the rest is sound."""

from __future__ import annotations

REQUEST_FIELDS = {
    "Via": "SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKdoor1",
    "Max-Forwards": "70",
    "From": '"Front Door" <sip:door@example.net>;tag=a1',
    "To": "<sip:hall@example.org>",
    "Call-ID": "chime.1@example.net",
}
RESPONSE_FIELDS = {
    "Via": "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKhall1",
    "From": "<sip:hall@example.org>;tag=b2",
    "To": "<sip:door@example.net>;tag=a1",
    "Call-ID": "gong.1@example.org",
    "CSeq": "4 INVITE",
}
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0\r\n"
)


def request(
    method: str = "OPTIONS",
    uri: str = "sip:hall@example.org",
    *lines: str,
    start_line: str = "",
    body: bytes = b"",
    **fields: str | None,
) -> bytes:
    """A request; `lines` are added as they are, `Call_ID="x"` sets a field, None leaves it out."""
    given = {**REQUEST_FIELDS, "CSeq": f"1 {method}", **_named(fields, len(body))}
    return _joined(start_line or f"{method} {uri} SIP/2.0", given, lines, body)


def invite(*lines: str, **fields: str | None) -> bytes:
    """An INVITE with an offer."""
    added = {"Contact": "<sip:door@192.0.2.7:5062>", "Content-Type": "application/sdp"}
    given = {**REQUEST_FIELDS, "CSeq": "1 INVITE", **added, **_named(fields, len(SDP))}
    return _joined("INVITE sip:hall@example.org SIP/2.0", given, lines, SDP)


def response(status: str = "200 OK", *lines: str, body: bytes = b"", **fields: str | None) -> bytes:
    """A response; see `request`."""
    given = {**RESPONSE_FIELDS, **_named(fields, len(body))}
    return _joined(f"SIP/2.0 {status}", given, lines, body)


def _named(fields: dict[str, str | None], length: int) -> dict[str, str | None]:
    given = {name.replace("_", "-"): value for name, value in fields.items()}
    return {"Content-Length": str(length), **given}


def _joined(
    start_line: str, fields: dict[str, str | None], lines: tuple[str, ...], body: bytes
) -> bytes:
    written = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([start_line, *written, *lines, "", ""]).encode() + body
