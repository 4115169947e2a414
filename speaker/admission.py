"""Who may call, and how the call is answered: one policy, with its reason in words for the log."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conf.allowed_callers import is_allowed
from speaker.account_matching import match_account

if TYPE_CHECKING:
    from conf.settings import AccountSettings, SipSettings
    from sip.session.events import IncomingCall


class Answering(enum.Enum):
    """How an admitted call comes to be answered."""

    AUTOMATICALLY = "automatically"
    BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Admitted:
    """The call may ring on `account`."""

    account: AccountSettings
    answering: Answering
    delay_s: float
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The call is answered with `code` and never heard."""

    code: int
    why: str


def judge(call: IncomingCall, settings: SipSettings, calls_up: int) -> Admitted | Refused:
    """Decide on a new call before anything of it is heard.

    `calls_up` counts the calls that have not ended. A refused caller learns a code, never why.
    """
    caller = call.flow.remote.host
    if not settings.allow_incoming_calls:
        return Refused(403, "sip.allow_incoming_calls is off")
    if not is_allowed(caller, settings.allowed_callers):
        return Refused(403, f"{caller} is not among sip.allowed_callers")
    match = match_account(call, settings.accounts)
    if match is None:
        return Refused(404, "no active account")
    if calls_up >= settings.max_calls:
        return Refused(486, f"{calls_up} of sip.max_calls = {settings.max_calls} calls are up")
    return _granted(call, match.account)


def _granted(call: IncomingCall, account: AccountSettings) -> Admitted | Refused:
    """How the call is answered: as the account has it, or as the caller wishes and it allows."""
    if account.answer_automatically:
        return Admitted(account, Answering.AUTOMATICALLY, 0.0, "the account answers by itself")
    wish = call.auto_answer
    if wish is not None and account.answer_when_asked:
        why = f"the caller asks for an answer after {wish.delay_s:g} s and the account allows it"
        return Admitted(account, Answering.AUTOMATICALLY, wish.delay_s, why)
    if wish is not None and wish.required:
        return Refused(403, "the caller insists on an answer that the account does not grant")
    if wish is not None:
        return Admitted(account, Answering.BY_HAND, 0.0, "the account grants no caller's wish")
    return Admitted(account, Answering.BY_HAND, 0.0, "the account waits for a person or a rule")
