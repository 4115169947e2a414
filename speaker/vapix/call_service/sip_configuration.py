"""`SIPConfiguration`: the settings of `[sip]` that are not about one account."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from speaker.vapix.call_service.attributes import ATTRIBUTES, attributes, taken_attributes
from speaker.vapix.call_service.fault import INVALID, NOT_SUPPORTED, Fault
from speaker.vapix.call_service.neutral import refuse_unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conf.settings import SipSettings
    from speaker.vapix.fields import Fields

FLAGS: Final = (
    ("SIPEnabled", "enabled"),
    ("AllowIncomingCalls", "allow_incoming_calls"),
)
NUMBERS: Final = (
    ("SIPPort", "port"),
    ("SIPTLSPort", "tls_port"),
    ("RTPStartPort", "rtp_start_port"),
    ("CallingTimeout", "calling_timeout_s"),
    ("AnsweringTimeout", "incoming_call_duration_s"),
)
NEUTRAL: Final[Mapping[str, object]] = MappingProxyType(
    {
        "STUNEnabled": False,
        "STUNServers": [],
        "TURNEnabled": False,
        "TURNServers": [],
        "ICEEnabled": False,
        "ApplyUserAuthentication": False,
        "AllowedUsers": [],
    }
)
"""NAT traversal has no settings yet; authentication of users is a field of VAPIX's for later."""

ANYBODY: Final = "any"
ALLOW: Final = "Allow"
LARGEST: Final = 10**9

APPLY: Final = ("ApplyAccessList", "ApplyAllowedURIs")
LIST: Final = ("AccessList", "AllowedURIs")
"""Each field with its former name."""


def sip_configuration(sip: SipSettings) -> dict[str, object]:
    """As it is told."""
    callers = [_uri(each) for each in sip.allowed_callers if each != ANYBODY]
    is_limited = ANYBODY not in sip.allowed_callers
    told: dict[str, object] = {
        **{name: getattr(sip, setting) for name, setting in (*FLAGS, *NUMBERS)},
        **NEUTRAL,
    }
    told |= dict.fromkeys(APPLY, is_limited) | {name: list(callers) for name in LIST}
    return told | {"AccessListPolicy": ALLOW, "Attribute": attributes(sip)}


def changed_sip(given: Fields, sip: SipSettings, *, keep: bool) -> dict[str, object]:
    """The change of `[sip]`. What is not given stays as it is, or else gets its default back.

    Raises:
        Fault: a field is to have a value that this device does not know.
        ApiError: a value has the wrong type.
    """
    refuse_unsupported(given, NEUTRAL)
    if given.values.get("AccessListPolicy") not in (None, "", ALLOW):
        raise Fault(NOT_SUPPORTED, "AccessListPolicy can only be Allow: there is no list of others")
    change: dict[str, object] = {} if keep else dict.fromkeys(_settings())
    for name, setting in FLAGS:
        if name in given:
            change[setting] = given.flag(name)
    for name, setting in NUMBERS:
        if name in given:
            change[setting] = given.whole(name, 0, LARGEST)
    if any(name in given for name in (*APPLY, *LIST)):
        change["allowed_callers"] = _allowed_callers(given, sip)
    if "Attribute" in given:
        change |= taken_attributes(given.objects("Attribute"), sip)
    return change


def _settings() -> tuple[str, ...]:
    fields = (setting for _, setting in (*FLAGS, *NUMBERS))
    return (*fields, "allowed_callers", *(each.setting for each in ATTRIBUTES))


def _allowed_callers(given: Fields, sip: SipSettings) -> list[str]:
    """Of a field under its present and its former name, that counts which is to change."""
    now = sip_configuration(sip)
    is_limited = now[APPLY[0]]
    for name in APPLY:
        if name in given and given.flag(name) != now[name]:
            is_limited = given.flag(name)
            break
    uris = [_uri(each) for each in sip.allowed_callers if each != ANYBODY]
    for name in LIST:
        if name in given and given.texts(name) != now[name]:
            uris = given.texts(name)
            break
    callers = [_entry(uri) for uri in uris]
    if len(set(callers)) != len(callers):
        raise Fault(INVALID, "AccessList has an entry twice")
    return callers if is_limited else [ANYBODY, *(each for each in callers if each != ANYBODY)]


def _uri(entry: str) -> str:
    """An entry that names somebody as a URI; networks and `local` have none."""
    return f"sip:{entry}" if "@" in entry and not entry.startswith("@") else entry


def _entry(uri: str) -> str:
    """`sip:192.0.2.7` is an address, and `sip:100@pbx.example` a name."""
    for scheme in ("sips:", "sip:"):
        if uri.lower().startswith(scheme):
            return uri[len(scheme) :]
    return uri
