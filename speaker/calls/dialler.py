"""Calls and transfers as people ask for them: whom they dial, on which account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip.errors import MalformedUri
from sip.session.events import SessionId
from speaker.calls.call_book import CallRefused
from speaker.calls.dialling import dialled, first_hop
from speaker.calls.media_ports import SOMEWHERE

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from conf.settings import AccountSettings, SipSettings
    from sip.account import Account
    from speaker.calls.controller import CallController
    from speaker.signalling.telephony import Telephony


class Dialler:
    """Finds out where a call goes before it is placed."""

    def __init__(
        self,
        calls: CallController,
        telephony: Telephony,
        settings: Callable[[], SipSettings],
        turn: Callable[[], AbstractContextManager[float]],
    ) -> None:
        """`turn` lets something into the device: see `Device.turn`."""
        self._calls = calls
        self._telephony = telephony
        self._settings = settings
        self._turn = turn

    async def call(self, text: str, account_id: str | None) -> SessionId:
        """Call a SIP URI, or a number at the account's own server; None: by the default account.

        Raises:
            CallRefused: the call cannot be placed.
            MalformedUri: it is not clear whom to call.
        """
        account = self._telephony.accounts.get(account_id or self._settings().default_account.id)
        if account is None:
            asked = f"account {account_id!r}" if account_id else "default account"
            raise CallRefused(f"no active {asked}")
        return await self.call_by(account, account.id, text)

    async def call_by(self, account: Account, who: str | AccountSettings, text: str) -> SessionId:
        """Call by an account that may be in no settings: then `who` is what they would be.

        Raises:
            CallRefused: the call cannot be placed.
            MalformedUri: it is not clear whom to call.
        """
        target = dialled(text, account)
        hop = first_hop(target, account)
        found = await self._telephony.look_up(hop, account)
        if self._settings().enabled and not found.targets:
            raise CallRefused(f"{hop.host!r} cannot be found")
        address = found.targets[0].address.host if found.targets else SOMEWHERE
        with self._turn() as now:
            return self._calls.call(target, who, now, address=address)

    def transfer(
        self, session: SessionId, text: str | None, to_call: str | None, now: float
    ) -> None:
        """Let a peer talk to what `text` dials, or to the peer of the call `to_call`.

        Raises:
            NoSuchCall: there is no such call.
            IllegalStep: a call is not answered, or the peer is being transferred already.
            MalformedUri: it is not clear to whom: not exactly one of the two is given.
        """
        if (text is None) == (to_call is None):
            raise MalformedUri("a transfer needs either `uri` or `to_call`")
        if to_call is not None:
            self._calls.transfer(session, SessionId(to_call), now)
        elif text is not None:
            account = self._telephony.accounts[self._calls.find(session).account.id]
            self._calls.transfer(session, dialled(text, account), now)
