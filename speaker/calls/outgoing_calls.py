"""Calls that the device places, until the other side answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from conf.settings import AccountSettings
from media.errors import MalformedDescription, NotAcceptable
from nat.local_address import NoRoute
from nat.port_pair import NoFreePort
from sip.errors import MisuseError
from sip.syntax.address import NameAddress
from sip.syntax.uri import SipUri
from speaker.calls.call import Call
from speaker.calls.call_book import CallRefused
from speaker.calls.call_digits import CallDigits
from speaker.calls.call_state import Step
from speaker.signalling.accounts import NAMELESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conf.settings import Settings
    from sip.session.endpoint import Effect
    from sip.session.events import Progress, SessionId
    from sip.user_agent import UserAgent
    from speaker.calls.call_book import CallBook
    from speaker.calls.call_media import CallMedia
    from speaker.calls.call_tones import CallTones

log = structlog.get_logger(__name__)

RINGING = 180


class OutgoingCalls:
    """Places calls, and lets their early media be heard."""

    def __init__(
        self,
        settings: Settings,
        user_agent: UserAgent,
        book: CallBook,
        *,
        transmit: Callable[[Iterable[Effect]], None],
        open_media: Callable[[AccountSettings, str], CallMedia],
        tones: CallTones,
    ) -> None:
        self._settings = settings
        self._tones = tones
        self._agent = user_agent
        self._book = book
        self._transmit = transmit
        self._open_media = open_media

    def apply(self, settings: Settings) -> None:
        """Go by these settings with the next call."""
        self._settings = settings

    def place(
        self,
        target: SipUri,
        account: str | AccountSettings | None,
        now: float,
        *,
        address: str,
        headers: Iterable[tuple[str, str]] = (),
        in_place_of: Call | None = None,
    ) -> SessionId:
        """Call someone from an account, by its id; None: from the default one.

        One that is in no settings is given as they would be. `address` is the IP literal that the
        host of `target` stands for. The INVITE carries `headers`. A call `in_place_of` another is
        not one more, though both are up for a while.

        Raises:
            CallRefused: the call cannot be placed; nothing is left of it.
        """
        account = self._account(account)
        self._check(target, in_place_of)
        try:
            media = self._open_media(account, address)
        except (NoFreePort, NoRoute) as error:
            raise CallRefused(str(error)) from error
        try:
            session, effects = self._agent.invite(
                target,
                local=self._caller(account, media),
                account=account.id,
                offer=media.offer(),
                now=now,
                headers=headers,
            )
        except (MisuseError, OSError) as error:
            media.close()
            raise CallRefused(str(error)) from error
        call = Call(
            session=session,
            account=account,
            peer=str(target),
            signalled_from=address,
            media=media,
            digits=CallDigits(account, self._settings.sip.sequences_of(account.id)),
        )
        log.info("call placed", peer=call.peer, account=account.id)
        self._book.add(call, Step.CALL, now)
        self._transmit(effects)
        return session

    def _caller(self, account: AccountSettings, media: CallMedia) -> NameAddress | None:
        """Who calls; None: the account has an address of record, which says it."""
        if account.domain or account.mode == "registered":
            return None
        return NameAddress(
            account.caller_id or self._settings.device.name,
            SipUri.for_user(account.user_id or NAMELESS, media.address),
        )

    def _check(self, target: SipUri, in_place_of: Call | None) -> None:
        sip = self._settings.sip
        if not sip.enabled:
            raise CallRefused("sip.enabled is off")
        if self._book.closed:
            raise CallRefused("the speaker is stopping")
        if target.headers:
            raise CallRefused(f"{target}: header fields in a URI are not taken (what follows ?)")
        others = [call for call in self._book.calls if call is not in_place_of]
        if len(others) >= sip.max_calls:
            raise CallRefused(f"sip.max_calls = {sip.max_calls} calls are up")

    def _account(self, asked: str | AccountSettings | None) -> AccountSettings:
        if isinstance(asked, AccountSettings):
            return asked
        for account in self._settings.sip.accounts:
            if account.active and (account.id == asked or (asked is None and account.default)):
                return account
        raise CallRefused(f"no active account {asked!r}" if asked else "no active default account")

    def on_progress(self, call: Call, event: Progress) -> None:
        """Let early media be heard: a ringing tone or a machine that speaks before it answers.

        Without any, a call that rings is heard to ring all the same.
        """
        log.info("call progresses", peer=call.peer, code=event.code)
        if call.media.agreed is not None:
            return
        if not event.body:
            if event.code == RINGING:
                self._tones.ring(call)
            return
        try:
            call.media.take_answer(event.body)
        except (NotAcceptable, MalformedDescription) as error:
            log.warning("early media ignored", peer=call.peer, why=str(error))
            return
        self._tones.quiet(call)
        call.media.open()
