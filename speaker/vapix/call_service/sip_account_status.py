"""`SIPAccountStatus`: how an account stands with its server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speaker.signalling.accounts import NAMELESS

if TYPE_CHECKING:
    from conf.settings import AccountSettings
    from speaker.device import Device

DOES_NOT_REGISTER: Final = "Does not register"
SIP_DISABLED: Final = "SIP disabled"
ACCOUNT_DISABLED: Final = "Account disabled"
REGISTERING: Final = "Registering"
OK: Final = 200
SUCCESSES: Final = range(200, 300)


def sip_account_status(device: Device, account: AccountSettings) -> dict[str, object]:
    """As it is told; a status of 0 is that of an account which has not heard from a server."""
    status, text = _status(device, account)
    latest = device.registrations.latest(account.id)
    return {
        "SIPAccountId": account.id,
        "SIPURI": own_uri(device, account),
        "IsDefault": account.default,
        "RegURI": latest.server if latest is not None and status in SUCCESSES else "",
        "Status": status,
        "StatusText": text,
    }


def own_uri(device: Device, account: AccountSettings) -> str:
    """The address of an account; one without a domain is at the speaker's own address."""
    known = device.telephony.accounts.get(account.id)
    if known is not None and known.address_of_record is not None:
        return str(known.address_of_record)
    host = account.domain or device.address
    user = account.user_id or NAMELESS
    port = "" if account.domain else f":{device.telephony.port or device.settings.sip.port}"
    return f"{'sips' if account.sips else 'sip'}:{user}@{host}{port}"


def _status(device: Device, account: AccountSettings) -> tuple[int, str]:
    if not device.settings.sip.enabled:
        return 0, SIP_DISABLED
    if not account.active:
        return 0, ACCOUNT_DISABLED
    if account.mode != "registered":
        return 0, DOES_NOT_REGISTER
    latest = device.registrations.latest(account.id)
    if latest is None or not latest.code:
        return 0, REGISTERING
    return latest.code, latest.reason or ("OK" if latest.code == OK else "")
