"""Calls to the device, until they are answered: let in or refused, announced, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from media.errors import MalformedDescription, NotAcceptable
from nat.local_address import NoRoute
from nat.port_pair import NoFreePort
from speaker.admission import Admitted, Answering, Refused, judge
from speaker.call import Call
from speaker.call_digits import CallDigits
from speaker.call_state import CallState, Step, after
from speaker.clip_player import TooManyClips
from speaker.priorities import ANNOUNCEMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conf.settings import AccountSettings, Settings
    from media.events import ClipId
    from sip.session.endpoint import Effect
    from sip.session.events import IncomingCall
    from sip.user_agent import UserAgent
    from speaker.call_book import CallBook
    from speaker.call_media import CallMedia
    from speaker.clip_player import ClipPlayer

log = structlog.get_logger(__name__)


class IncomingCalls:
    """What becomes of a call between its INVITE and our answer."""

    def __init__(
        self,
        settings: Settings,
        user_agent: UserAgent,
        book: CallBook,
        *,
        transmit: Callable[[Iterable[Effect]], None],
        open_media: Callable[[AccountSettings, str], CallMedia],
        player: ClipPlayer,
    ) -> None:
        self._settings = settings
        self._agent = user_agent
        self._book = book
        self._transmit = transmit
        self._open_media = open_media
        self._player = player

    def on_call(self, event: IncomingCall, now: float) -> None:
        """Decide on a new call, and ring, announce or answer it."""
        peer = str(event.request.from_.uri)
        verdict = self._judge(event)
        if isinstance(verdict, Refused):
            self._refuse(event, verdict.code, verdict.why, now)
            return
        log.info(
            "call arrives",
            peer=peer,
            account=verdict.account.id,
            answered=verdict.answering.value,
            why=verdict.why,
        )
        call = self._admit(event, verdict.account, peer, now)
        if call is None:
            return
        self._book.add(call, Step.RING, now)
        if verdict.answering is Answering.AUTOMATICALLY:
            call.answer_at = now + verdict.delay_s
            if self._settings.announcement.clip:
                self._announce(call, now)
            elif verdict.delay_s == 0:
                self._answer(call, now)
        if call.state is CallState.RINGING:
            self._transmit(self._agent.ring(call.session, now))

    def _judge(self, event: IncomingCall) -> Admitted | Refused:
        if self._book.closed:
            return Refused(503, "the speaker is stopping")
        return judge(event, self._settings.sip, len(self._book.calls))

    def _refuse(self, event: IncomingCall, code: int, why: str, now: float) -> None:
        log.warning(
            "call refused",
            peer=str(event.request.from_.uri),
            source=event.flow.remote.host,
            code=code,
            why=why,
        )
        self._transmit(self._agent.reject(event.session, code, now))

    def _admit(
        self, event: IncomingCall, account: AccountSettings, peer: str, now: float
    ) -> Call | None:
        """Bind ports and agree on the sound; a call that cannot have any is refused here."""
        try:
            media = self._open_media(account, event.flow.remote.host)
        except (NoFreePort, NoRoute) as error:
            self._refuse(event, 503, str(error), now)
            return None
        try:
            body = media.answer(event.offer) if event.offer else media.offer()
        except (NotAcceptable, MalformedDescription) as error:
            media.close()
            self._refuse(event, refusal_code(error), str(error), now)
            return None
        return Call(
            session=event.session,
            account=account,
            peer=peer,
            media=media,
            digits=CallDigits(account, self._settings.sip.sequences_of(account.id)),
            body=body,
        )

    def _announce(self, call: Call, now: float) -> None:
        """Tell the room that someone calls; the call is answered when the clip has ended."""
        announcement = self._settings.announcement
        try:
            call.announcement = self._player.play(
                announcement.clip, ANNOUNCEMENT, repeat=announcement.repeat, stoppable=False
            )
        except TooManyClips as error:
            log.warning("call goes unannounced", peer=call.peer, why=str(error))
            self._answer(call, now)
            return
        call.answer_at = None
        self._book.move(call, Step.ANNOUNCE, now)
        if announcement.ringback_while_playing or call.media.agreed is None:
            self._transmit(self._agent.ring(call.session, now))
        else:
            self._transmit(self._agent.ring(call.session, now, early_media=call.body))
            call.media.start_early()

    def on_timer(self, now: float) -> None:
        """Answer the calls whose time has come."""
        for call in self._book.calls:
            if call.answer_at is not None and call.answer_at <= now:
                self._answer(call, now)

    def on_clip_finished(self, clip: ClipId, now: float) -> None:
        """Answer the call that an announcement was for, however the clip came to its end."""
        for call in self._book.calls:
            if call.announcement == clip:
                call.announcement = None
                self._answer(call, now)

    def answer_by_hand(self, call: Call, now: float) -> None:
        """Answer a call now.

        Raises:
            IllegalStep: it is none that waits for our answer; nothing has changed.
        """
        after(call.state, Step.ANSWER)
        if call.announcement is not None:
            self._player.stop(call.announcement)
            call.announcement = None
        self._answer(call, now)

    def _answer(self, call: Call, now: float) -> None:
        call.answer_at = None
        self._book.move(call, Step.ANSWER, now)
        if call.media.agreed is not None:
            call.media.open()
            call.log_agreement()
        self._transmit(self._agent.accept(call.session, call.body, now))


def refusal_code(error: NotAcceptable | MalformedDescription) -> int:
    """What SIP answers to an offer that is not for us (RFC 3261 §13.3.1.3), or is none."""
    return 488 if isinstance(error, NotAcceptable) else 400
