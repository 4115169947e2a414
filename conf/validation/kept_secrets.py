"""A password that is kept goes where it was kept for, and nowhere else.

Whoever may change a setting need not know the password beside it. If they could point it at a
server of their own, they would be sent it. So a change that has a password go elsewhere, or go
less protected, has to bring the password along.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass

from conf.sections.global_proxies import GlobalProxySettings
from conf.sections.recipients import SUBMISSION_PORT, RecipientSettings
from conf.settings import AccountSettings, Settings
from conf.validation.problem import Problem
from conf.values.secret import Secret
from conf.values.web_address import origin_of

Identity = tuple[str, ...]
"""Which secret it is, whatever its place in a list: `("recipients", "gate", "password")`."""


@dataclass(frozen=True, slots=True)
class _Use:
    """What is done with a secret that others are shown."""

    at: str
    """Its key."""
    secret: Secret
    goes_to: frozenset[str]
    """Who may be shown it."""
    is_exposed: bool = False
    """Others on the way may read it, or pretend to be who it goes to."""


def sent_elsewhere(old: Settings, new: Settings, given: Container[Identity]) -> Iterator[Problem]:
    """The secrets of `old` that `new` shows to others, but for those that were `given` anew."""
    before = dict(_uses(old))
    for identity, use in _uses(new):
        kept = before.get(identity)
        if kept is None or not use.secret or use.secret != kept.secret or identity in given:
            continue
        if elsewhere := use.goes_to - kept.goes_to:
            rule = f"is kept for {_listed(kept.goes_to)}, not for {_listed(elsewhere)}"
            yield Problem(use.at, "", f"{rule}: give the password itself with this change")
        elif use.is_exposed and not kept.is_exposed:
            rule = "is kept to be sent encrypted, to a server that proves who it is"
            yield Problem(use.at, "", f"{rule}: give the password itself with this change")


def _uses(settings: Settings) -> Iterator[tuple[Identity, _Use]]:
    for i, account in enumerate(settings.sip.accounts):
        at = f"sip.accounts[{i}].password"
        yield ("sip", "accounts", account.id, "password"), _of_account(at, account)
    for i, recipient in enumerate(settings.recipients):
        of = ("recipients", recipient.name)
        yield (
            (*of, "password"),
            _of_recipient(f"recipients[{i}].password", recipient, settings.global_proxies),
        )
        proxy = frozenset([f"{recipient.proxy_host}:{recipient.proxy_port}".lower()])
        at = f"recipients[{i}].proxy_password"
        yield (*of, "proxy_password"), _Use(at, recipient.proxy_password, proxy)
    proxies = settings.global_proxies
    for name, address, password in (
        ("http_proxy_password", proxies.http_proxy, proxies.http_proxy_password),
        ("https_proxy_password", proxies.https_proxy, proxies.https_proxy_password),
    ):
        use = _Use(f"global_proxies.{name}", password, frozenset([_origin(address)]))
        yield ("global_proxies", name), use


def _of_account(at: str, account: AccountSettings) -> _Use:
    """Servers are shown what Digest makes of it, from which it can be guessed."""
    proxies = (each.address for each in account.proxies)
    servers = (account.domain, account.registrar, account.secondary_server, *proxies)
    return _Use(at, account.password, frozenset(each.lower() for each in servers if each))


def _of_recipient(at: str, recipient: RecipientSettings, proxies: GlobalProxySettings) -> _Use:
    is_unchecked = not recipient.validate_server_certificate
    if recipient.is_web:
        goes_to = frozenset([_origin(recipient.url), *_readers(recipient, proxies)])
        return _Use(at, recipient.password, goes_to, is_unchecked)
    goes_to = frozenset([f"{recipient.host}:{recipient.port or SUBMISSION_PORT}".lower()])
    is_exposed = is_unchecked or recipient.encryption == "none"
    return _Use(at, recipient.password, goes_to, is_exposed)


def _readers(recipient: RecipientSettings, proxies: GlobalProxySettings) -> Iterator[str]:
    """The proxy that can read what the web server is told, or answer in its place; if there is one.

    Of HTTPS it passes on what it cannot read, as long as the server must prove who it is.
    """
    if recipient.type == "https" and recipient.validate_server_certificate:
        return
    if recipient.proxy_host:
        yield _origin(f"http://{recipient.proxy_host}:{recipient.proxy_port}")
    elif (found := proxies.proxy_for(recipient.url)) is not None:
        yield _origin(found[0])


def _origin(url: str) -> str:
    scheme, host, port = origin_of(url) or ("", url, 0)
    return f"{scheme}://{host}:{port}"


def _listed(places: frozenset[str]) -> str:
    return ", ".join(sorted(places)) or "nobody"
