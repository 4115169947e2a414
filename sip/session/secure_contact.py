"""When our Contact has to be a `sips:` URI, so that all of a dialog goes by TLS."""

from sip.errors import MalformedHeader
from sip.syntax.address import NameAddress
from sip.syntax.message import Request
from sip.syntax.uri import OpaqueUri, SipUri


def wants_secure_contact(invite: Request) -> bool:
    """Whether an INVITE that arrived asks for a dialog by TLS only (RFC 3261 §12.1.1).

    By its Request-URI, or by the first hop of the way back.
    """
    try:
        back = (*invite.record_routes, *invite.contacts)[:1]
    except MalformedHeader:
        return False
    return _is_sips(invite.uri) or any(_is_sips(hop.uri) for hop in back)


def needs_secure_contact(request: Request) -> bool:
    """Whether a request of ours goes by `sips:` on its first hop or to its end (§8.1.1.8)."""
    routes = request.headers.get_all("Route")
    return _is_sips(request.uri) or any(
        _is_sips(NameAddress.parse(each).uri) for each in routes[:1]
    )


def _is_sips(uri: SipUri | OpaqueUri) -> bool:
    return uri.scheme == "sips"
