"""Attributes: what devices can set of SIP beyond the fields that VAPIX names.

They concern all accounts; an account shows them as well, as clients look for them there.
`DisableTCPSwitch`, `MaxCallDuration` and `RegistrationInterval` are known to clients; how devices
call the others is not published, so these names are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from conf.settings import SipSettings
from speaker.vapix.fields import Fields, Word

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["bool", "int", "string"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute and the setting of `[sip]` that it is."""

    name: str
    kind: Kind
    setting: str
    inverted: bool = False
    """Whether it is true when the setting is false."""

    def value(self, sip: SipSettings) -> str:
        """As it is told: values of attributes are text."""
        found = getattr(sip, self.setting)
        if isinstance(found, bool):
            return "true" if found is not self.inverted else "false"
        return str(found)

    def taken(self, entry: Fields) -> object:
        """The setting's value for what a client sends, as text or with a type of its own."""
        if isinstance(entry.values.get("Value"), str):
            entry = Fields({"Value": Word(entry.text("Value"))}, entry.at)
        match self.kind:
            case "bool":
                return entry.flag("Value") is not self.inverted
            case "int":
                return entry.whole("Value", 0, 10**9)
            case "string":
                return entry.text("Value")


ATTRIBUTES: Final = (
    Attribute("DisableTCPSwitch", "bool", "udp_to_tcp_switching", inverted=True),
    Attribute("MaxCallDuration", "int", "end_calls_after_s"),
    Attribute("RegistrationInterval", "int", "register_interval_s"),
    Attribute("AudioDirection", "string", "audio_direction"),
    Attribute("AllowViaRewrite", "bool", "allow_via_rewrite"),
    Attribute("AllowContactRewrite", "bool", "allow_contact_rewrite"),
    Attribute("DTMFPayloadType", "int", "dtmf_payload_type"),
    Attribute("MaxRetransmissions", "int", "max_retransmissions"),
    Attribute("SecondsUntilFailback", "int", "seconds_until_failback"),
)


def attribute_info() -> list[dict[str, object]]:
    """What there is, for those who ask."""
    defaults = SipSettings()
    return [
        {"Name": each.name, "Type": each.kind, "Default": each.value(defaults)}
        for each in ATTRIBUTES
    ]


def attributes(sip: SipSettings) -> list[dict[str, object]]:
    """All with their values."""
    return [{"Name": each.name, "Value": each.value(sip)} for each in ATTRIBUTES]


def taken_attributes(entries: Iterable[Fields], sip: SipSettings) -> dict[str, object]:
    """What of `[sip]` is to change. Those that nobody knows are ignored, as VAPIX says."""
    known = {each.name: each for each in ATTRIBUTES}
    change: dict[str, object] = {}
    for entry in entries:
        attribute = known.get(entry.text("Name"))
        if attribute is None or entry.values.get("Value") == attribute.value(sip):
            continue
        change[attribute.setting] = attribute.taken(entry)
    return change
