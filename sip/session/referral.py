"""What a REFER asks for, and how its sender is told what came of it (RFC 3515, 3892, 3420)."""

import re
from dataclasses import dataclass, replace
from typing import Final, Self
from urllib.parse import quote, unquote

from sip.errors import MalformedHeader
from sip.session.dialog import Dialog
from sip.syntax.address import NameAddress
from sip.syntax.message import Request
from sip.syntax.parameters import NO_PARAMETERS
from sip.syntax.reason_phrases import reason_phrase
from sip.syntax.replaces import Replaces
from sip.syntax.uri import SipUri

PACKAGE: Final = "refer"
"""The event package of the subscription that a REFER makes (RFC 3515 §3)."""

SIPFRAG: Final = "message/sipfrag;version=2.0"

LIFE_S: Final = 180
"""How long a subscription to what comes of a REFER may last: as long as anybody rings."""

_STATUS_LINE: Final = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2})(?: ([^\r\n]{0,100}))?")
_LONGEST_TEXT: Final = 512


@dataclass(frozen=True, slots=True)
class Referral:
    """Whom to call, as the peer asks us to."""

    target: SipUri
    """Without header fields."""

    replaces: Replaces | None
    """The dialog at the target whose place our call is to take: an attended transfer."""

    referred_by: str
    """The Referred-By to pass on (RFC 3892 §2.2), or empty."""

    @classmethod
    def parse(cls, request: Request) -> Self:
        """Read a REFER.

        Raises:
            MalformedHeader: not exactly one Refer-To with a SIP URI for an INVITE, or a Replaces in
                it that names no dialog.
        """
        refer_to = request.refer_to
        if refer_to is None or request.headers.count("Refer-To") != 1:
            raise MalformedHeader("is not there once", header="Refer-To")
        uri = refer_to.uri
        if not isinstance(uri, SipUri) or uri.parameters.get("method") not in (None, "INVITE"):
            raise MalformedHeader("asks for something else than a call by SIP", header="Refer-To")
        target = replace(uri, parameters=uri.parameters.without("method"), headers=())
        return cls(target, _replaces_in(uri), _readable_address(request.headers.get("Referred-By")))

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Header fields of the INVITE that follows the REFER."""
        fields = []
        if self.referred_by:
            fields.append(("Referred-By", self.referred_by))
        if self.replaces is not None:
            fields += [("Replaces", str(self.replaces)), ("Require", "replaces")]
        return tuple(fields)


def refer_to(target: SipUri) -> str:
    """The Refer-To of a blind transfer."""
    return str(NameAddress("", target))


def refer_to_replacing(dialog: Dialog) -> str | None:
    """The Refer-To of an attended transfer to the peer of `dialog` (RFC 5589 §7.3).

    None where that peer gave no SIP URI to reach it by.
    """
    if not isinstance(dialog.remote_target, SipUri):
        return None
    named = Replaces(dialog.call_id, to_tag=dialog.remote.tag, from_tag=dialog.local.tag)
    headers = (("Replaces", quote(str(named), safe="")),)
    return refer_to(replace(dialog.remote_target, headers=headers))


def referred_by(dialog: Dialog) -> str:
    """Who we are, for the one to whom the call is transferred (RFC 3892 §2.1)."""
    return str(NameAddress("", dialog.local.uri, NO_PARAMETERS))


def status_fragment(code: int) -> bytes:
    """The body of a NOTIFY: what the one who was called has answered so far (RFC 3515 §2.4.5)."""
    return f"SIP/2.0 {code} {reason_phrase(code)}\r\n".encode()


def read_status(body: bytes) -> tuple[int, str] | None:
    """Code and phrase of such a body; None if it begins with no status line."""
    found = _STATUS_LINE.match(body.lstrip(b"\r\n"))
    if found is None:
        return None
    return int(found[1]), (found[2] or b"").decode("utf-8", "replace")


def _replaces_in(uri: SipUri) -> Replaces | None:
    values = [value for name, value in uri.headers if name.lower() == "replaces"]
    if not values:
        return None
    if len(values) > 1:
        raise MalformedHeader("replaces several calls", header="Refer-To")
    return Replaces.parse(unquote(values[0]))


def _readable_address(text: str | None) -> str:
    """What is passed on must be worth it: an address, of a length that is one."""
    if text is None or len(text) > _LONGEST_TEXT:
        return ""
    try:
        NameAddress.parse(text)
    except MalformedHeader:
        return ""
    return text
