"""Who may call the speaker: the entries of `sip.allowed_callers` and what they cover."""

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


def is_entry(text: str) -> bool:
    """Whether `text` may stand in `sip.allowed_callers`: local, any, an address or a network.

    A network is written with no host bits set: `192.0.2.0/24`, not `192.0.2.7/24`.
    """
    if text in ("local", "any"):
        return True
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def is_allowed(address: str, entries: Iterable[str]) -> bool:
    """Whether a call from `address` is covered by one of `entries`.

    `address` is an IP literal without brackets, with or without an IPv6 zone. An IPv4 address
    that arrived on a dual-stack socket (`::ffff:192.0.2.7`) counts as the IPv4 address it is.

    Raises:
        ValueError: `address` is not an IP literal, or an entry is not one (see `is_entry`).
    """
    caller = ip_address(address.partition("%")[0])
    if isinstance(caller, IPv6Address) and caller.ipv4_mapped is not None:
        caller = caller.ipv4_mapped
    for entry in entries:
        if entry == "any":
            return True
        networks = LOCAL_NETWORKS if entry == "local" else (ip_network(entry),)
        if any(caller in network for network in networks):
            return True
    return False
