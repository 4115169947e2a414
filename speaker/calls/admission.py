"""Who may call, and who is answered without a ring: one policy, with its reason for the log.

The questions are asked in this order, and the first one that stands in the way decides:

1. May the speaker be called at all (`sip.allow_incoming_calls`), and which account is meant?
2. Is the caller among `sip.allowed_callers`: by address, or by a name that somebody vouches for?
3. Has the caller to prove itself by Digest (`callers` of the account), and has it?
4. Is there room (`sip.max_calls`)?
5. Is the call answered without a ring: because the account does so or the caller wishes it, for
   such a caller (`answer_automatically_to`), and with an access code or without?

Whoever is refused learns nothing from it: not whether a user exists, nor which rule it was.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conf.values.allowed_callers import is_allowed, is_named, names_somebody
from sip.syntax.uri import SipUri
from speaker.calls.account_matching import match_account

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conf.settings import AccountSettings, SipSettings
    from sip.session.events import IncomingCall
    from speaker.calls.account_matching import AccountMatch

FORBIDDEN = 403
"""The answer to every caller that may not call, whatever the reason."""


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
    asks_code: bool = False
    """Answered without a ring, but nothing is heard before the access code has been keyed."""


@dataclass(frozen=True, slots=True)
class Challenged:
    """The call is answered with 401: who calls has to prove it and to call again."""

    account: AccountSettings | None
    """Whose callers have passwords; None: there is no such user, which is not to be seen."""
    why: str
    stale: bool = False
    """The proof was right, but for a challenge that is too old."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The call is answered with `code` and never heard."""

    code: int
    why: str


Verdict = Admitted | Challenged | Refused


@dataclass(frozen=True, slots=True)
class Proof:
    """What a call's credentials (RFC 7616) have proved."""

    username: str = ""
    """Who it is; empty: nothing is proved."""
    stale: bool = False


NO_PROOF = Proof()


def judge(
    call: IncomingCall,
    settings: SipSettings,
    calls_up: int,
    *,
    proof_for: Callable[[AccountSettings | None], Proof] = lambda _account: NO_PROOF,
    is_locked: Callable[[AccountSettings], bool] = lambda _account: False,
    replaces_answered: bool = False,
) -> Verdict:
    """Decide on a new call before anything of it is heard.

    `calls_up` counts the calls that have not ended, but for one that this call replaces.
    `proof_for` tells what the call has proved to
    an account; it is asked once, and for None when no account takes the call. `is_locked` tells
    whether too many wrong access codes were keyed on an account lately. `replaces_answered`: the
    call takes the place of one that people talk in, or of a call of ours (RFC 3891).
    """
    if not settings.allow_incoming_calls:
        return Refused(FORBIDDEN, "sip.allow_incoming_calls is off")
    match = match_account(call, settings.accounts)
    account = match.account if match else None
    is_from_server = match is not None and match.from_server
    has_to_prove = not is_from_server and _asks_for_proof(match, settings)
    proof = proof_for(account) if has_to_prove else NO_PROOF
    voucher = _who_vouches(call, proof, is_from_server=is_from_server)
    covered = _covered(call, settings.allowed_callers, voucher, is_from_server=is_from_server)
    if not covered:
        # A name may do once it is proved. Whether it would is not told before.
        named = any(names_somebody(entry) for entry in settings.allowed_callers)
        if not (named and has_to_prove and not proof.username):
            return Refused(FORBIDDEN, _not_allowed(call, voucher))
    if has_to_prove and not proof.username:
        return Challenged(account, "its callers have to prove who they are", proof.stale)
    if match is None:
        return Refused(FORBIDDEN, "no active account")
    if calls_up >= settings.max_calls:
        return Refused(486, f"{calls_up} of sip.max_calls = {settings.max_calls} calls are up")
    why = f"{match.why}; allowed as {covered}"
    if replaces_answered:  # its place is that of somebody who was let in before
        return Admitted(match.account, Answering.AUTOMATICALLY, 0.0, f"{why}; it replaces another")
    return _granted(call, match, why, voucher, is_locked=is_locked(match.account))


def _asks_for_proof(match: AccountMatch | None, settings: SipSettings) -> bool:
    """Whether callers are challenged; for a user that nobody has, if for anyone."""
    if match is not None:
        return bool(match.account.callers)
    return any(account.active and account.callers for account in settings.accounts)


def _who_vouches(call: IncomingCall, proof: Proof, *, is_from_server: bool) -> str:
    """Who says that the From is true; empty: nobody but the caller."""
    caller = call.request.from_.uri
    if not isinstance(caller, SipUri):
        return ""
    if is_from_server:
        return "the account's server"
    if proof.username and proof.username == caller.decoded_user:
        return "its password"
    domain = caller.host.lower()
    for identity in call.flow.identities:
        user, _, proved = identity.removeprefix("sip:").rpartition("@")
        if proved.lower() == domain and user in ("", caller.decoded_user):
            return "its certificate"
    return ""


def _covered(
    call: IncomingCall, entries: Sequence[str], voucher: str, *, is_from_server: bool
) -> str:
    """What of the caller is covered by a list of callers, in words; empty: nothing."""
    host, caller = call.flow.remote.host, call.request.from_.uri
    if is_allowed(host, entries):
        return host
    if not any(names_somebody(entry) for entry in entries):
        return "the account's server" if is_from_server else ""
    if not voucher or not isinstance(caller, SipUri):
        return ""
    name = f"{caller.decoded_user}@{caller.host}"
    return (
        f"{name} ({voucher} says so)" if is_named(caller.decoded_user, caller.host, entries) else ""
    )


def _not_allowed(call: IncomingCall, voucher: str) -> str:
    host, caller = call.flow.remote.host, call.request.from_.uri
    if voucher:
        return f"neither {host} nor {caller} is among sip.allowed_callers"
    return f"{host} is not among sip.allowed_callers"


def _granted(
    call: IncomingCall, match: AccountMatch, why: str, voucher: str, *, is_locked: bool
) -> Admitted | Refused:
    """How the call is answered: as the account has it, or as the caller wishes and it allows."""
    account = match.account
    wish = call.auto_answer
    delay_s, obstacle = 0.0, ""
    if account.answer_automatically:
        reason = "the account answers by itself"
    elif wish is None:
        reason, obstacle = "", "the account waits for a person or a rule"
    elif account.answer_when_asked:
        delay_s = wish.delay_s
        reason = f"the caller asks for an answer after {delay_s:g} s and the account allows it"
    else:
        reason, obstacle = "", "the account grants no caller's wish"
    entries = account.answer_automatically_to
    if not obstacle and not _covered(call, entries, voucher, is_from_server=match.from_server):
        obstacle = "the caller is not among those that the account answers without a ring"
    if not obstacle and account.answer_access_code and is_locked:
        obstacle = "too many wrong access codes were keyed lately"
    if not obstacle:
        asks_code = bool(account.answer_access_code)
        reason = f"{reason}, but asks for its access code" if asks_code else reason
        return Admitted(account, Answering.AUTOMATICALLY, delay_s, f"{why}; {reason}", asks_code)
    if wish is not None and wish.required:
        return Refused(FORBIDDEN, f"the caller insists on an answer, but {obstacle}")
    return Admitted(account, Answering.BY_HAND, 0.0, f"{why}; {obstacle}")
