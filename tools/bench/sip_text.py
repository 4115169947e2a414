"""The few SIP messages of a plain caller, as text: no stack shall be its own judge."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tools.bench.device import Address
from tools.bench.errors import Unreadable
from tools.bench.rtp_packet import TELEPHONE_EVENT

_STATUS = re.compile(r"SIP/2\.0 (\d{3}) ")
_BRACKETED = re.compile(r"<([^>]*)>")
_CONNECTION = re.compile(r"^c=IN IP4 (\S+)", re.MULTILINE)
_AUDIO = re.compile(r"^m=audio (\d+) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ResponseText:
    """What a caller reads from a response."""

    code: int
    call_id: str
    method: str
    """The method of the request that this answers."""
    to: str
    """The To header's value, tag included."""
    contact: str
    """The URI to send the requests of the call to; empty if there is none."""
    body: str


def read_response(data: bytes) -> ResponseText | None:
    """Read one datagram; None for a request.

    Raises:
        Unreadable: a header that every response has is missing.
    """
    head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
    status = _STATUS.match(head)
    if status is None:
        return None
    fields: dict[str, str] = {}
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        fields.setdefault(name.strip().lower(), value.strip())
    try:
        call_id, to, cseq = fields["call-id"], fields["to"], fields["cseq"]
    except KeyError as error:
        raise Unreadable(f"a {status[1]} response has no {error} header") from error
    contact = _BRACKETED.search(fields.get("contact", ""))
    method = cseq.partition(" ")[2].strip()
    return ResponseText(int(status[1]), call_id, method, to, contact[1] if contact else "", body)


PCMU = ("0", "rtpmap:0 PCMU/8000")
"""A payload type, and the attributes that say what it is."""

PCMU_AND_KEYS = (
    f"0 {TELEPHONE_EVENT}",
    "rtpmap:0 PCMU/8000",
    f"rtpmap:{TELEPHONE_EVENT} telephone-event/8000",
)


def offer(address: Address, formats: tuple[str, ...] = PCMU, crypto: str = "") -> str:
    """A session description that offers one codec both ways, 20 ms a packet.

    With `crypto`, the attribute that offers a key, nothing but encrypted sound (RFC 4568).
    """
    number, *attributes = formats
    profile = "RTP/SAVP" if crypto else "RTP/AVP"
    attributes += [crypto] if crypto else []
    described = "".join(f"a={attribute}\r\n" for attribute in attributes)
    return (
        f"v=0\r\no=bench 1 1 IN IP4 {address.host}\r\ns=-\r\nc=IN IP4 {address.host}\r\nt=0 0\r\n"
        f"m=audio {address.port} {profile} {number}\r\n{described}a=ptime:20\r\na=sendrecv\r\n"
    )


def sound_address(description: str) -> Address:
    """Where the answer wants the sound.

    Raises:
        Unreadable: it names no address or refuses the sound.
    """
    host, port = _CONNECTION.search(description), _AUDIO.search(description)
    if host is None or port is None or port[1] == "0":
        raise Unreadable(f"no sound in the answer {description!r}")
    return Address(host[1], int(port[1]))


@dataclass(frozen=True, slots=True)
class CallText:
    """One call's requests. `token` is part of the Call-ID, the tag and the branches."""

    uri: str
    local: Address
    token: str

    @property
    def call_id(self) -> str:
        """The call's Call-ID."""
        return f"{self.token}@bench"

    def invite(self, body: str) -> bytes:
        """The INVITE with an offer."""
        return self._request("INVITE", self.uri, f"<{self.uri}>", 1, "invite", body)

    def options(self) -> bytes:
        """The OPTIONS that asks what the device can do."""
        return self._request("OPTIONS", self.uri, f"<{self.uri}>", 1, "options")

    def cancel(self) -> bytes:
        """CANCEL for the INVITE; its branch is the INVITE's (RFC 3261 §9.1)."""
        return self._request("CANCEL", self.uri, f"<{self.uri}>", 1, "invite")

    def ack(self, answer: ResponseText) -> bytes:
        """The ACK, of the INVITE's branch if it is for a refusal (RFC 3261 §17.1.1.3)."""
        if answer.code < 300:
            return self._request("ACK", answer.contact or self.uri, answer.to, 1, "ack")
        return self._request("ACK", self.uri, answer.to, 1, "invite")

    def bye(self, answer: ResponseText) -> bytes:
        """The BYE of an answered call."""
        return self._request("BYE", answer.contact or self.uri, answer.to, 2, "bye")

    def _request(
        self, method: str, target: str, to: str, number: int, branch: str, body: str = ""
    ) -> bytes:
        here = f"{self.local.host}:{self.local.port}"
        lines = [
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK-{self.token}-{branch}",
            "Max-Forwards: 70",
            f"From: <sip:bench@{here}>;tag={self.token}",
            f"To: {to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:bench@{here}>",
        ]
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", body]
        return "\r\n".join(lines).encode()
