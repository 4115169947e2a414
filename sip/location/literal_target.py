"""Where a URI leads that names an IP address: no DNS is needed for that (RFC 3263 §4.1, §4.2)."""

from sip.flow import Address, Transport
from sip.ip_literal import ip_literal
from sip.location.effects import Target
from sip.syntax.uri import SipUri


def literal_target(uri: SipUri, transport: Transport | None) -> Target | None:
    """The target of a `uri` whose host, or `maddr`, is an IP literal; None where it is a name.

    `transport` serves where the URI names none; without either it is UDP.
    """
    literal = ip_literal(host_of(uri))
    if literal is None:
        return None
    chosen = transport_named(uri) or transport or Transport.UDP
    port = chosen.default_port if uri.port is None else uri.port
    return Target(chosen, Address(literal, port), domain_of(uri))


def host_of(uri: SipUri) -> str:
    """The host that is to be reached, without brackets: `maddr` comes before the host."""
    return (uri.parameters.get("maddr") or uri.host).strip("[]")


def domain_of(uri: SipUri) -> str:
    """What the certificate of a TLS server must name (RFC 5922 §7.3)."""
    return uri.host.removesuffix(".").lower()


def transport_named(uri: SipUri) -> Transport | None:
    """The transport that the URI itself asks for; one that we do not know counts as none.

    `sips` is TLS whatever the parameter says (RFC 5630 §3.1.1 on `transport=tcp`).
    """
    named = (uri.parameters.get("transport") or "").upper()
    if uri.scheme == "sips" or named == "TLS":
        return Transport.TLS
    return Transport(named) if named in Transport.__members__ else None
