"""Who may call the speaker: the entries of `sip.allowed_callers` and what they cover.

An entry names where a call comes from (`local`, `any`, an address, a network) or who calls (a SIP
address such as `desk@example.com`, or all of a domain: `@example.com`). Anybody can write any name
into a call, so entries of the second kind are for callers whose name somebody vouches for.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

LOCAL_NETWORKS: Final = tuple(
    ip_network(network)
    for network in (
        "127.0.0.0/8",  # loopback, RFC 1122 §3.2.1.3
        "::1/128",
        "169.254.0.0/16",  # link-local, RFC 3927
        "fe80::/10",  # link-local, RFC 4291 §2.5.6
        "10.0.0.0/8",  # private, RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",  # unique local, RFC 4193
    )
)
"""What `local` covers. Narrower than `ipaddress.is_private`, which also takes in test networks."""

_NAME: Final = re.compile(
    # The user as RFC 3261 §25.1 spells it, without escapes; then a host name or an IP literal.
    r"[A-Za-z0-9\-_.!~*'()&=+$,;?/]{0,64}@"
    r"(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9a-fA-F:.]{2,45}\])"
)


def is_entry(text: str) -> bool:
    """Whether `text` may stand in `sip.allowed_callers`.

    A network is written with no host bits set: `192.0.2.0/24`, not `192.0.2.7/24`.
    """
    if text in ("local", "any") or names_somebody(text):
        return True
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def names_somebody(entry: str) -> bool:
    """Whether an entry tells who calls, and not from where."""
    return _NAME.fullmatch(entry) is not None


def is_named(user: str, domain: str, entries: Iterable[str]) -> bool:
    """Whether the caller `user@domain` is covered by name.

    Users are compared letter by letter, domains without regard to case (RFC 3261 §19.1.4). `domain`
    is a name, or an IP literal without brackets.
    """
    for entry in entries:
        if names_somebody(entry):
            wanted, _, wanted_domain = entry.rpartition("@")
            if wanted in ("", user) and wanted_domain.strip("[]").lower() == domain.lower():
                return True
    return False


def is_allowed(address: str, entries: Iterable[str]) -> bool:
    """Whether a call from `address` is covered by where it comes from.

    `address` is an IP literal without brackets, with or without an IPv6 zone. An IPv4 address
    that arrived on a dual-stack socket (`::ffff:192.0.2.7`) counts as the IPv4 address it is.

    Raises:
        ValueError: `address` is not an IP literal, or an entry is none (see `is_entry`).
    """
    caller = ip_address(address.partition("%")[0])
    if isinstance(caller, IPv6Address) and caller.ipv4_mapped is not None:
        caller = caller.ipv4_mapped
    for entry in entries:
        if entry == "any":
            return True
        if names_somebody(entry):
            continue
        networks = LOCAL_NETWORKS if entry == "local" else (ip_network(entry),)
        if any(caller in network for network in networks):
            return True
    return False
