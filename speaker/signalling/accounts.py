"""What the user agent is told of an account: its settings, as SIP's own values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip.account import Account, Proxy
from sip.authentication.credentials import Credentials
from sip.flow import Transport
from sip.syntax.uri import SipUri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conf.settings import AccountSettings, ProxySettings, Settings, SipSettings

NAMELESS = "speaker"
"""User part of an account that has none."""


def sip_accounts(settings: Settings, *, instance: str) -> Iterator[Account]:
    """The active accounts; `instance` is the device's `urn:uuid:…` (RFC 5626 §4.1)."""
    for account in settings.sip.accounts:
        if account.active:
            name = settings.device.name
            yield sip_account(account, settings.sip, device_name=name, instance=instance)


def sip_account(
    settings: AccountSettings, sip: SipSettings, *, device_name: str, instance: str
) -> Account:
    """The account as the user agent takes it.

    A peer-to-peer account without a domain has no address of its own: it is named, call by call,
    by the address that the peer reaches us on.
    """
    scheme = "sips" if settings.sips else "sip"
    registrar = _registrar(settings, scheme)
    domain = settings.domain or (registrar.host if registrar is not None else "")
    return Account(
        id=settings.id,
        address_of_record=(
            SipUri.for_user(settings.user_id or NAMELESS, _bare(domain), scheme=scheme)
            if domain
            else None
        ),
        display_name=settings.caller_id or device_name,
        credentials=_credentials(settings),
        registrar=registrar,
        secondary_server=(
            server_uri(settings.secondary_server, scheme) if settings.secondary_server else None
        ),
        proxies=tuple(_proxy(each, scheme) for each in settings.proxies),
        transport=transport_of(settings),
        tls_profile=settings.id,
        sips=settings.sips,
        prefer_ipv6=settings.prefer_ipv6,
        instance=instance,
        register_interval_s=sip.register_interval_s,
        max_retransmissions=sip.max_retransmissions,
        seconds_until_failback=sip.seconds_until_failback,
        udp_to_tcp_switching=sip.udp_to_tcp_switching,
        allow_via_rewrite=sip.allow_via_rewrite,
        allow_contact_rewrite=sip.allow_contact_rewrite,
        follow_redirects=settings.follow_redirects,
    )


def transport_of(settings: AccountSettings) -> Transport | None:
    """The transport of an account's requests; None: what DNS prefers (RFC 3263 §4.1)."""
    return None if settings.transport == "auto" else Transport(settings.transport.upper())


def server_uri(text: str, scheme: str = "sip") -> SipUri:
    """The URI of a server that is written as `conf.values.server_address` allows."""
    return SipUri.parse(text if text.startswith(("sip:", "sips:")) else f"{scheme}:{text}")


def _registrar(settings: AccountSettings, scheme: str) -> SipUri | None:
    if settings.mode != "registered":
        return None
    return server_uri(settings.registrar or settings.domain, scheme)


def _credentials(settings: AccountSettings) -> Credentials | None:
    if not settings.password:
        return None
    username = settings.authentication_id or settings.user_id
    return Credentials(username, settings.password.reveal())


def _proxy(settings: ProxySettings, scheme: str) -> Proxy:
    credentials = None
    if settings.password:
        credentials = Credentials(settings.username, settings.password.reveal())
    return Proxy(uri=server_uri(settings.address, scheme), credentials=credentials)


def _bare(domain: str) -> str:
    return domain.strip("[]")
