"""The commands of the Call service as a table: who may give them, and what does them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from conf.accounts.role import Role
from conf.validation.problem import shown
from sip.session.events import SessionId
from speaker.vapix.call_service.attributes import attribute_info, taken_attributes
from speaker.vapix.call_service.audio_codecs import (
    CODECS,
    default_codecs,
    taken_codecs,
    told_codecs,
)
from speaker.vapix.call_service.call_status import call_status, call_statuses
from speaker.vapix.call_service.fault import INVALID, NOT_FOUND, NOT_SUPPORTED, Fault
from speaker.vapix.call_service.sip_account import ENCRYPTION, changed_account, sip_account
from speaker.vapix.call_service.sip_account_status import sip_account_status
from speaker.vapix.call_service.sip_configuration import changed_sip, sip_configuration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from conf.settings import AccountSettings, SipSettings
    from speaker.device import Device
    from speaker.http.identity import Identity
    from speaker.vapix.fields import Fields

LONGEST_ID: Final = 64
CREATED_ID: Final = "sip_account_{}"
SIMULATED: Final = "VMS_CALL"

Result = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Action:
    """What a command does; it returns the result, or raises Fault, ApiError or BadSettings."""

    role: Role
    run: Callable[[Fields, Identity], Awaitable[Result]]


class CallService:
    """The commands, for one device."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._changing = asyncio.Lock()
        self.actions: Mapping[str, Action] = {
            "GetServiceCapabilities": Action(Role.VIEWER, self._capabilities),
            "GetSIPConfiguration": Action(Role.OPERATOR, self._get_configuration),
            "SetSIPConfiguration": Action(Role.OPERATOR, self._set_configuration),
            "GetSupportedSIPConfigurationAttributes": Action(Role.OPERATOR, self._attribute_info),
            "GetSupportedSIPAccountAttributes": Action(Role.OPERATOR, self._attribute_info),
            "GetSupportedMediaEncryptionModes": Action(Role.OPERATOR, self._encryption_modes),
            "GetSIPAccount": Action(Role.OPERATOR, self._get_account),
            "GetSIPAccounts": Action(Role.OPERATOR, self._get_accounts),
            "SetSIPAccount": Action(Role.OPERATOR, self._set_account),
            "SetSIPAccounts": Action(Role.OPERATOR, self._set_accounts),
            "RemoveSIPAccount": Action(Role.OPERATOR, self._remove_account),
            "RemoveSIPAccounts": Action(Role.OPERATOR, self._remove_accounts),
            "GetSIPAccountStatus": Action(Role.VIEWER, self._get_account_status),
            "GetSIPAccountStatuses": Action(Role.VIEWER, self._get_account_statuses),
            "GetDefaultAudioCodecs": Action(Role.OPERATOR, self._default_codecs),
            "GetSupportedAudioCodecs": Action(Role.OPERATOR, self._supported_codecs),
            "GetAudioCodecs": Action(Role.OPERATOR, self._get_codecs),
            "SetAudioCodecs": Action(Role.OPERATOR, self._set_codecs),
            "Call": Action(Role.OPERATOR, self._call),
            "AnswerCall": Action(Role.OPERATOR, self._answer_call),
            "TerminateCall": Action(Role.OPERATOR, self._terminate_call),
            "GetCallStatus": Action(Role.VIEWER, self._get_call_status),
            "GetCallStatuses": Action(Role.VIEWER, self._get_call_statuses),
        }

    # --- what there is ---------------------------------------------------------------------------

    async def _capabilities(self, _given: Fields, _by: Identity) -> Result:
        return {
            "Capabilities": {
                "SIP": True,
                "DTMF": False,
                "AudioCodec": True,
                "MediaEncryption": True,
                "Certificate": True,
                "Attribute": True,
            }
        }

    async def _attribute_info(self, _given: Fields, _by: Identity) -> Result:
        return {"AttributeInfo": attribute_info()}

    async def _encryption_modes(self, _given: Fields, _by: Identity) -> Result:
        return {"MediaEncryption": list(ENCRYPTION)}

    # --- configuration ---------------------------------------------------------------------------

    async def _get_configuration(self, _given: Fields, _by: Identity) -> Result:
        return {"SIPConfiguration": sip_configuration(self._sip)}

    async def _set_configuration(self, given: Fields, by: Identity) -> Result:
        keep = given.flag("KeepCurrent") if "KeepCurrent" in given else True
        wanted = given.inner("SIPConfiguration")
        async with self._changing:
            await self._change(changed_sip(wanted, self._sip, keep=keep), by)
        return {}

    @property
    def _sip(self) -> SipSettings:
        return self._device.settings.sip

    async def _change(self, sip: Mapping[str, object], by: Identity) -> None:
        """Change settings of `[sip]`."""
        await self._device.change({"sip": sip}, by=by.name, address=by.address)

    # --- accounts --------------------------------------------------------------------------------

    async def _get_account(self, given: Fields, _by: Identity) -> Result:
        sip = self._sip
        return {"SIPAccount": sip_account(self._account(given), sip)}

    async def _get_accounts(self, given: Fields, _by: Identity) -> Result:
        sip = self._sip
        return {"SIPAccount": [sip_account(each, sip) for each in self._accounts(given)]}

    async def _set_account(self, given: Fields, by: Identity) -> Result:
        (account,) = await self._set([given.inner("SIPAccount")], by)
        return {"SIPAccountId": account}

    async def _set_accounts(self, given: Fields, by: Identity) -> Result:
        return {"SIPAccountId": await self._set(given.objects("SIPAccount"), by)}

    async def _set(self, given: Iterable[Fields], by: Identity) -> list[str]:
        """Change accounts, or add them, all or none; returns their ids."""
        async with self._changing:
            sip = self._sip
            told = {each.id: sip_account(each, sip) for each in sip.accounts}
            tables: dict[str, dict[str, Any]] = {
                each["id"]: each
                for each in sip.model_dump(mode="json", exclude_none=True)["accounts"]
            }
            change: dict[str, object] = {}
            ids = []
            for wanted in given:
                account_id = _id(wanted) or _free_id(tables)
                before = tables.get(account_id, {"id": account_id})
                tables[account_id] = changed_account(wanted, before, told.get(account_id, {}))
                if "IsDefault" in wanted and wanted.flag("IsDefault"):
                    _make_default(tables, account_id)
                if "Attribute" in wanted:
                    change |= taken_attributes(wanted.objects("Attribute"), sip)
                ids.append(account_id)
            await self._change(change | {"accounts": list(tables.values())}, by)
            return ids

    async def _remove_account(self, given: Fields, by: Identity) -> Result:
        return await self._remove({given.text("SIPAccountId")}, by)

    async def _remove_accounts(self, given: Fields, by: Identity) -> Result:
        return await self._remove(set(given.texts("SIPAccountId")), by)

    async def _remove(self, ids: set[str], by: Identity) -> Result:
        """Without any account left, there is the one again that there is from the start."""
        async with self._changing:
            sip = self._sip.model_dump(mode="json", exclude_none=True)
            accounts = sip["accounts"]
            left = {each["id"]: each for each in accounts if each["id"] not in ids}
            if len(left) < len(accounts):
                if left and not any(each["default"] for each in left.values()):
                    _make_default(left, next(iter(left)))
                await self._change({"accounts": list(left.values()) or None}, by)
        return {}

    async def _get_account_status(self, given: Fields, _by: Identity) -> Result:
        return {"SIPAccountStatus": sip_account_status(self._device, self._account(given))}

    async def _get_account_statuses(self, given: Fields, _by: Identity) -> Result:
        accounts = self._accounts(given)
        return {"SIPAccountStatus": [sip_account_status(self._device, each) for each in accounts]}

    def _account(self, given: Fields) -> AccountSettings:
        wanted = given.text("SIPAccountId")
        for account in self._sip.accounts:
            if account.id == wanted:
                return account
        raise Fault(NOT_FOUND, f"there is no account {shown(wanted)}")

    def _accounts(self, given: Fields) -> list[AccountSettings]:
        """Those that are named, in their own order; all, where none is named."""
        accounts = list(self._sip.accounts)
        wanted = _ids(given, "SIPAccountId")
        return accounts if not wanted else [each for each in accounts if each.id in wanted]

    # --- codecs ----------------------------------------------------------------------------------

    async def _default_codecs(self, _given: Fields, _by: Identity) -> Result:
        return {"AudioCodec": default_codecs()}

    async def _supported_codecs(self, _given: Fields, _by: Identity) -> Result:
        return {"AudioCodec": [each.told for each in CODECS]}

    async def _get_codecs(self, _given: Fields, _by: Identity) -> Result:
        return {"AudioCodec": told_codecs(self._sip.codecs)}

    async def _set_codecs(self, given: Fields, by: Identity) -> Result:
        async with self._changing:
            await self._change({"codecs": taken_codecs(given.objects("AudioCodec"))}, by)
        return {}

    # --- calls -----------------------------------------------------------------------------------

    async def _call(self, given: Fields, _by: Identity) -> Result:
        to = given.text("To")
        if to == SIMULATED:
            raise Fault(NOT_SUPPORTED, "calls to a video management system are not simulated")
        account = self._account(given).id if given.values.get("SIPAccountId") else None
        return {"CallId": await self._device.dialler.call(to, account)}

    async def _answer_call(self, given: Fields, _by: Identity) -> Result:
        """Ours: VAPIX leaves open how a call is answered."""
        with self._device.turn() as now:
            self._device.calls.answer(SessionId(given.text("CallId")), now)
        return {}

    async def _terminate_call(self, given: Fields, _by: Identity) -> Result:
        with self._device.turn() as now:
            self._device.calls.hang_up(SessionId(given.text("CallId")), now)
        return {}

    async def _get_call_status(self, given: Fields, _by: Identity) -> Result:
        wanted = given.text("CallId")
        found = call_status(self._device, wanted)
        if found is None:
            raise Fault(NOT_FOUND, f"there is no call {shown(wanted)}")
        return {"CallStatus": found}

    async def _get_call_statuses(self, given: Fields, _by: Identity) -> Result:
        wanted = _ids(given, "CallId")
        statuses = call_statuses(self._device)
        return {"CallStatus": [each for each in statuses if not wanted or each["CallId"] in wanted]}


def _id(given: Fields) -> str:
    """The id that an account is to have; empty: one is made up."""
    if "Id" not in given:
        return ""
    wanted = given.text("Id")
    if len(wanted) > LONGEST_ID:
        raise Fault(INVALID, f"Id is longer than {LONGEST_ID} characters")
    return wanted


def _free_id(taken: Iterable[str]) -> str:
    ids = (CREATED_ID.format(number) for number in count())
    return next(each for each in ids if each not in taken)


def _make_default(accounts: Mapping[str, dict[str, Any]], account_id: str) -> None:
    for each in accounts.values():
        each["default"] = each["id"] == account_id


def _ids(given: Fields, name: str) -> set[str]:
    """The ids that a list names; one alone is understood as well."""
    value = given.values.get(name)
    if value is None:
        return set()
    return {value} if isinstance(value, str) else set(given.texts(name))
