"""Calls to the device, until they are answered: let in or refused, announced, answered."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import structlog

from media.errors import MalformedDescription, NotAcceptable
from nat.local_address import NoRoute
from nat.port_pair import NoFreePort
from speaker.calls.access_code import PAUSE_S, AccessCode, Gate
from speaker.calls.admission import Answering, Challenged, Refused, judge
from speaker.calls.call import Call, CallerShown
from speaker.calls.call_digits import CallDigits
from speaker.calls.call_state import CallState, Step, after
from speaker.calls.caller_authentication import CallerAuthentication
from speaker.reports.call_report import CallEnd, EndedBy
from speaker.sound.clip_player import CANNOT_PLAY
from speaker.sound.priorities import ANNOUNCEMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conf.settings import AccountSettings, Settings
    from media.engine.events import ClipId
    from sip.session.endpoint import Effect
    from sip.session.events import IncomingCall
    from sip.user_agent import UserAgent
    from speaker.calls.admission import Verdict
    from speaker.calls.call_book import CallBook
    from speaker.calls.call_media import CallMedia
    from speaker.reports.call_reporter import CallReporter
    from speaker.sound.clip_player import ClipPlayer

log = structlog.get_logger(__name__)


BUSY = 486
"""What a caller hears for whom there is no room: one who would be let in else."""


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
        reporter: CallReporter,
    ) -> None:
        self._settings = settings
        self._agent = user_agent
        self._book = book
        self._transmit = transmit
        self._open_media = open_media
        self._player = player
        self._reporter = reporter
        self._nonce_secret = secrets.token_bytes(32)
        self._authentication = self._authentication_of(settings)
        self._locked_until: dict[str, float] = {}  # by account

    def apply(self, settings: Settings) -> None:
        """Go by these settings with the next call."""
        self._settings = settings
        self._authentication = self._authentication_of(settings)

    def _authentication_of(self, settings: Settings) -> CallerAuthentication:
        """Challenges that were made before stay good, as their secret is the same."""
        return CallerAuthentication(settings.sip.accounts, self._nonce_secret)

    def on_call(self, event: IncomingCall, now: float) -> None:
        """Decide on a new call, and ring, announce or answer it."""
        peer = str(event.request.from_.uri)
        verdict = self._judge(event, now)
        match verdict:
            case Refused(code, why):
                self._refuse(event, code, why, now)
                if code == BUSY:  # of all others the log tells: strangers are not to fill the table
                    self._report_refusal(event, "", None, code, why)
                return
            case Challenged():
                self._challenge(event, verdict, now)
                return
        caller = CallerShown.of(
            event.identity, from_server=verdict.account.id in event.from_servers_of
        )
        log.info(
            "call arrives",
            peer=peer,
            caller=caller.name or caller.uri,
            diverted_from=caller.diverted_from,
            account=verdict.account.id,
            answered=verdict.answering.value,
            why=verdict.why,
        )
        call = self._admit(event, verdict.account, peer, now)
        if call is None:
            return
        call.caller, call.replaces = caller, event.replaces
        if verdict.asks_code:
            call.code = AccessCode(verdict.account.answer_access_code)
        self._book.add(call, Step.RING, now)
        if verdict.answering is Answering.AUTOMATICALLY:
            call.answer_at = now + verdict.delay_s
            announced = self._settings.announcement.clip and call.replaces is None
            if announced and call.code is None:
                self._announce(call, now)
            elif verdict.delay_s == 0:
                self._answer(call, now)
        if call.state is CallState.RINGING and not call.accepted:
            self._transmit(self._agent.ring(call.session, now))

    def _judge(self, event: IncomingCall, now: float) -> Verdict:
        if self._book.closed:
            return Refused(503, "the speaker is stopping")
        replaced = None if event.replaces is None else self._book.get(event.replaces)
        # A call that takes the place of another (RFC 3891) needs no more room than that had.
        others = [call for call in self._book.calls if call.session != event.replaces]
        return judge(
            event,
            self._settings.sip,
            len(others),
            proof_for=lambda account: self._authentication.proof(account, event.request, now),
            is_locked=lambda account: now < self._locked_until.get(account.id, 0.0),
            replaces_answered=replaced is not None
            and replaced.state in (CallState.TALKING, CallState.CALLING),
        )

    def _challenge(self, event: IncomingCall, verdict: Challenged, now: float) -> None:
        log.info(
            "call challenged",
            peer=str(event.request.from_.uri),
            source=event.flow.remote.host,
            why=verdict.why,
        )
        headers = self._authentication.challenge(verdict.account, now, stale=verdict.stale)
        self._transmit(self._agent.reject(event.session, 401, now, headers=headers))

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
            self._report_refusal(event, account.id, None, 503, str(error))
            return None
        try:
            body = media.answer(event.offer) if event.offer else media.offer()
        except (NotAcceptable, MalformedDescription) as error:
            media.close()
            code = refusal_code(error)
            self._refuse(event, code, str(error), now)
            self._report_refusal(event, account.id, media, code, str(error))
            return None
        return Call(
            session=event.session,
            account=account,
            peer=peer,
            signalled_from=event.flow.remote.host,
            media=media,
            digits=CallDigits(account, self._settings.sip.sequences_of(account.id)),
            body=body,
        )

    def _report_refusal(
        self,
        event: IncomingCall,
        account_id: str,
        media: CallMedia | None,
        code: int,
        why: str,
    ) -> None:
        self._reporter.refused(
            media,
            CallEnd(by=EndedBy.LOCAL, code=code, why=why),
            call=event.session,
            account=account_id,
            peer=str(event.request.from_.uri),
            signalled_from=event.flow.remote.host,
            disagreement="" if media is None else why,
        )

    def _announce(self, call: Call, now: float) -> None:
        """Tell the room that someone calls; the call is answered when the clip has ended."""
        announcement = self._settings.announcement
        try:
            call.announcement = self._player.play(
                announcement.clip, ANNOUNCEMENT, repeat=announcement.repeat, stoppable=False
            )
        except CANNOT_PLAY as error:
            log.warning("call goes unannounced", peer=call.peer, why=str(error))
            self._answer(call, now)
            return
        call.answer_at = None
        self._book.move(call, Step.ANNOUNCE, now)
        if call.accepted:
            return
        if announcement.ringback_while_playing or call.media.agreed is None:
            self._transmit(self._agent.ring(call.session, now))
        else:
            self._transmit(self._agent.ring(call.session, now, early_media=call.body))
            call.media.start_early(call.announcement)

    def on_timer(self, now: float) -> None:
        """Answer the calls whose time has come, and end those whose access code has not."""
        for call in self._book.calls:
            if call.answer_at is not None and call.answer_at <= now:
                self._answer(call, now)
            elif call.code is not None and call.code.is_over(now):
                self._lock(call, now, why="no access code was keyed in time")

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
        call.code = None  # whoever answers by hand has let the caller in
        self._answer(call, now)

    def on_code_keys(self, call: Call, keys: str, now: float) -> None:
        """Take keys of a call that waits for its access code."""
        if call.code is None:
            return
        match call.code.on_keys(keys):
            case Gate.FAILED:
                self._lock(call, now, why="wrong access codes")
            case Gate.OPEN:
                log.info("access code keyed", peer=call.peer, account=call.account.id)
                call.code = None
                call.digits.begin_sequences()
                if self._settings.announcement.clip:
                    self._announce(call, now)
                else:
                    self._answer(call, now)

    def _lock(self, call: Call, now: float, *, why: str) -> None:
        """Whoever has no access code is sent away, and nobody is answered for a while."""
        self._locked_until[call.account.id] = now + PAUSE_S
        log.warning("access code refused", peer=call.peer, account=call.account.id, why=why)
        self._book.hang_up(call, now, why=why)

    def _answer(self, call: Call, now: float) -> None:
        call.answer_at = None
        if call.code is not None:
            self._ask_for_code(call, call.code, now)
            return
        self._book.move(call, Step.ANSWER, now)
        if call.media.agreed is not None:
            call.media.open()
            call.log_agreement()
        self._accept(call, now)

    def _ask_for_code(self, call: Call, code: AccessCode, now: float) -> None:
        """SIP says that the call is answered; here it rings until the right keys were pressed."""
        code.ask(now)
        if call.media.agreed is not None:
            call.media.start_unheard()
        self._accept(call, now)

    def _accept(self, call: Call, now: float) -> None:
        if not call.accepted:
            call.accepted = True
            if call.replaces is not None:
                self._book.give_way(call.replaces, now)
            self._transmit(self._agent.accept(call.session, call.body, now))


def refusal_code(error: NotAcceptable | MalformedDescription) -> int:
    """What SIP answers to an offer that is not for us (RFC 3261 §13.3.1.3), or is none."""
    return 488 if isinstance(error, NotAcceptable) else 400
