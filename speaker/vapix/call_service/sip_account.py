"""`SIPAccount`: one entry of `[[sip.accounts]]`.

What is equal to what is told of an account changes nothing of it, so that a client may read an
account, change a field and send the whole back: settings that VAPIX has no word for stay.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from conf.values.secret import HIDDEN
from speaker.vapix.call_service.attributes import attributes
from speaker.vapix.call_service.fault import INVALID, NOT_SUPPORTED, Fault
from speaker.vapix.call_service.neutral import refuse_unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conf.settings import AccountSettings, SipSettings
    from speaker.vapix.fields import Fields

FLAGS: Final = (
    ("Enabled", "active"),
    ("AutoAnswerEnabled", "answer_automatically"),
    ("SIPSEnabled", "sips"),
    ("PrioritizeIPv6", "prefer_ipv6"),
    ("VerifyServerCertificate", "verify_server_certificate"),
)
TEXTS: Final = (
    ("Name", "name"),
    ("CallerId", "caller_id"),
    ("UserId", "user_id"),
    ("AuthenticationId", "authentication_id"),
    ("Registrar", "registrar"),
    ("PublicDomain", "domain"),
    ("SecondaryRegistrar", "secondary_server"),
    ("Certificate", "certificate"),
)
NEUTRAL: Final[Mapping[str, object]] = MappingProxyType(
    {
        "SecondaryPublicDomain": "",
        "SecondarySIPProxies": [],
        "StreamParameters": "",
        "AllowMWI": False,
        "DTMFConfigurationId": "dtmf_config_default",
    }
)
"""There is no video, and key sequences are settings of their own."""

ENCRYPTION: Final[Mapping[str, str]] = MappingProxyType(
    {"None": "none", "SRTPBestEffort": "best_effort", "SRTPMandatory": "mandatory"}
)
PROTOCOLS: Final[Mapping[str, str]] = MappingProxyType(
    {"auto": "TLSv12,TLSv13", "1.2": "TLSv12", "1.3": "TLSv13"}
)
OBSOLETE: Final = frozenset({"TLSv1", "TLSv11"})
AUTOMATIC: Final = frozenset({"", "Automatic"})
TRANSPORTS: Final = ("udp", "tcp", "tls")
NULL_WHEN_EMPTY: Final = ("Registrar", "PublicDomain")
HIDDEN_PASSWORDS: Final = frozenset({"", HIDDEN})


def sip_account(account: AccountSettings, sip: SipSettings) -> dict[str, object]:
    """As it is told. Passwords are not."""
    told: dict[str, object] = {"Id": account.id}
    told |= {name: getattr(account, setting) for name, setting in (*FLAGS, *TEXTS)}
    told |= {name: None for name in NULL_WHEN_EMPTY if not told[name]}
    return told | {
        "Password": "",
        "IsDefault": account.default,
        # A client that does not know `auto` goes on to show what most phones speak.
        "Transport": "udp" if account.transport == "auto" else account.transport,
        "MediaEncryption": _vapix(ENCRYPTION, account.media_encryption),
        "EncryptionProtocols": PROTOCOLS[account.tls_version],
        "SIPProxies": [
            {"Server": each.address, "Username": each.username, "Password": ""}
            for each in account.proxies
        ],
        **NEUTRAL,
        "Attribute": attributes(sip),
    }


def changed_account(
    given: Fields, tables: dict[str, Any], told: Mapping[str, object]
) -> dict[str, Any]:
    """`tables`, an account's settings with hidden secrets, as `given` wants them to be.

    `told` is what was told of the account before; empty of a new one.

    Raises:
        Fault: a field is to have a value that this device does not know.
        ApiError: a value has the wrong type.
    """
    refuse_unsupported(given, NEUTRAL)
    account = dict(tables)
    for name, setting in FLAGS:
        if name in given and given.flag(name) != told.get(name):
            account[setting] = given.flag(name)
    for name, setting in TEXTS:
        text = _text(given, name)
        if name in given.values and text != (told.get(name) or ""):
            account[setting] = text
    _take_transport(given, told, account)
    if "MediaEncryption" in given and given.text("MediaEncryption") != told.get("MediaEncryption"):
        account["media_encryption"] = _ours(given, "MediaEncryption", ENCRYPTION)
        if account["media_encryption"] == "none":
            account.pop("media_key_exchange", None)
    if "EncryptionProtocols" in given and given.text("EncryptionProtocols") != told.get(
        "EncryptionProtocols"
    ):
        account["tls_version"] = _tls_version(given.text("EncryptionProtocols"))
    if "SIPProxies" in given:
        account["proxies"] = list(_proxies(given.objects("SIPProxies"), account))
    if "Password" in given and given.text("Password") not in HIDDEN_PASSWORDS:
        account["password"] = given.text("Password")
    _take_mode(account, told)
    return account


def _take_transport(given: Fields, told: Mapping[str, object], account: dict[str, Any]) -> None:
    if "Transport" in given and given.text("Transport") != told.get("Transport"):
        transport = given.text("Transport").lower()
        if transport not in TRANSPORTS:
            raise Fault(INVALID, f"Transport is not one of {', '.join(TRANSPORTS)}")
        account["transport"] = transport
    if account.get("sips") and account.get("transport") != "auto":
        account["transport"] = "tls"


def _take_mode(account: dict[str, Any], told: Mapping[str, object]) -> None:
    """An account registers if it has a registrar or a domain; what only such a one has, goes."""
    where = account.get("registrar"), account.get("domain")
    if where == (told.get("Registrar") or "", told.get("PublicDomain") or ""):
        return
    account["mode"] = "registered" if any(where) else "peer_to_peer"
    if not any(where):
        account.pop("secondary_server", None)
        if not account.get("proxies"):
            account.pop("password", None)
            account.pop("authentication_id", None)


def _proxies(given: Iterable[Fields], account: Mapping[str, Any]) -> Iterable[dict[str, str]]:
    """A proxy that has a password keeps it if none is given for it."""
    before = {each["address"]: each for each in account.get("proxies", ())}
    for each in given:
        server, username, password = (_text(each, n) for n in ("Server", "Username", "Password"))
        proxy = {"address": server, "username": username}
        known = before.get(server, {})
        if password not in HIDDEN_PASSWORDS:
            proxy["password"] = password
        elif username and username == known.get("username") and known.get("password"):
            proxy["password"] = HIDDEN
        yield proxy


def _tls_version(text: str) -> str:
    wanted = {each.strip().replace(".", "") for each in text.split(",")}
    if wanted <= AUTOMATIC or {"TLSv12", "TLSv13"} <= wanted:
        return "auto"
    for version in ("1.2", "1.3"):
        if PROTOCOLS[version] in wanted:
            return version
    if wanted <= OBSOLETE:
        raise Fault(NOT_SUPPORTED, "EncryptionProtocols: TLS before 1.2 is not spoken here")
    raise Fault(INVALID, "EncryptionProtocols is not a list of TLSv12 and TLSv13")


def _text(given: Fields, name: str) -> str:
    return given.text(name) if name in given else ""


def _vapix(words: Mapping[str, str], ours: str) -> str:
    return next(word for word, value in words.items() if value == ours)


def _ours(given: Fields, name: str, words: Mapping[str, str]) -> str:
    word = given.text(name)
    if word not in words:
        raise Fault(INVALID, f"{name} is not one of {', '.join(words)}")
    return words[word]
