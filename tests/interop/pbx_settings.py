"""Settings of a speaker that has an account at a PBX."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tests.interop.peers.pbx_account import PbxAccount

DOMAIN = "pbx.test"
AUTHORITY = "authority"
"""The name by which the speaker knows the certificate of the tests' authority."""


def registered(
    account: PbxAccount,
    *,
    secondary: str = "",
    proxies: Sequence[str] = (),
    settings: Mapping[str, int] = MappingProxyType({}),
    registrar: str | None = None,
    certificate: str = "",
) -> str:
    """A settings file with the one account `pbx`.

    `secondary` and `proxies` are `HOST:PORT`; `settings` stand under `[sip]`. `registrar`: in the
    place of the account's server; empty: found by the domain alone. `certificate`: what the speaker
    shows to servers that ask.
    """
    server = account.server if registrar is None else registrar
    lines = [
        "[sip]",
        *(f"{name} = {value}" for name, value in settings.items()),
        "[[sip.accounts]]",
        'id = "pbx"',
        "default = true",
        'mode = "registered"',
        f'user_id = "{account.user}"',
        f'password = "{account.password}"',
        f'domain = "{DOMAIN}"',
        f'transport = "{account.transport}"',
    ]
    if server:
        lines.append(f'registrar = "{server}"')
    if secondary:
        lines.append(f'secondary_server = "{secondary}"')
    if proxies:
        named = ", ".join(f'{{ address = "{proxy}" }}' for proxy in proxies)
        lines.append(f"proxies = [{named}]")
    if account.transport == "tls":
        lines.append(f'trusted_certificates = ["{AUTHORITY}"]')
    if certificate:
        lines.append(f'certificate = "{certificate}"')
    return "\n".join(lines) + "\n"
