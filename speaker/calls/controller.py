"""The call controller: what the device does about calls, from the first ring to the last word.

Between the SIP user agent and the sound engine, both of which it drives by commands and hears by
events. It opens no socket and reads no clock: each input takes `now` (monotonic seconds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from conf.validation.problem import BadSettings
from dtmf.info import info_body
from media.codecs.registry import BY_TITLE
from media.engine.events import (
    ClipFinished,
    KeysAgreed,
    KeysRefused,
    KeysWearOut,
    NamedEventReceived,
    StreamDisplaced,
    StreamFailed,
    StreamSilent,
)
from media.errors import MalformedDescription, NotAcceptable
from sip.account import RegistrationChanged
from sip.session import events as sip_events
from sip.syntax.uri import SipUri
from speaker.calls.call_book import CallBook, CallRefused
from speaker.calls.call_state import CallState, Step
from speaker.calls.call_tones import CallTones
from speaker.calls.incoming_calls import IncomingCalls, refusal_code
from speaker.calls.key_renewal import renew_keys
from speaker.calls.media_plan import codec_problems
from speaker.calls.moved_calls import MovedCalls
from speaker.calls.outgoing_calls import OutgoingCalls
from speaker.calls.transfers import Transfers
from speaker.change import Prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conf.settings import AccountSettings, Settings
    from media.engine.events import EngineEvent
    from media.rtp.named_event import NamedEventPacket
    from sip.session.endpoint import Effect
    from sip.session.events import SessionId, UserAgentEvent
    from sip.user_agent import UserAgent
    from speaker.calls.call import Call
    from speaker.calls.call_digits import Pressed
    from speaker.calls.call_media import CallMedia
    from speaker.change import Change
    from speaker.events import Bus
    from speaker.reports.call_reporter import CallReporter
    from speaker.sound.clip_player import ClipPlayer

log = structlog.get_logger(__name__)

UNANSWERED = 408
"""What it is to the room when nobody answers a call of ours in time."""

KEY_PRESS_MS = 160
"""How long a key that we send is held: twice what any detector needs."""

FAILED = 'SIP;cause=500;text="The sound failed"'
NO_KEYS = 'SIP;cause=488;text="No keys for the sound"'
"""Why a call ends whose sound cannot be encrypted as agreed."""


class CallController:
    """Every call of the device, each in a state of the one table in `call_state`."""

    def __init__(
        self,
        settings: Settings,
        user_agent: UserAgent,
        *,
        transmit: Callable[[Iterable[Effect]], None],
        open_media: Callable[[AccountSettings, str], CallMedia],
        address_towards: Callable[[str], str],
        player: ClipPlayer,
        bus: Bus,
        reporter: CallReporter,
    ) -> None:
        """`open_media(account, peer_host)` binds a call's ports; raises NoFreePort or NoRoute.

        `address_towards(peer_host)` says where the peer finds us now; raises NoRoute.
        """
        self._active = _active(settings)
        self._agent = user_agent
        self._transmit = transmit
        self._bus = bus
        self._reporter = reporter
        self._book = CallBook(
            settings.sip,
            user_agent,
            transmit=transmit,
            player=player,
            bus=bus,
            reporter=reporter,
        )
        self._incoming = IncomingCalls(
            settings,
            user_agent,
            self._book,
            transmit=transmit,
            open_media=open_media,
            player=player,
            reporter=reporter,
        )
        self._tones = CallTones(player, wanted=settings.audio.call_progress_tones)
        self._outgoing = OutgoingCalls(
            settings,
            user_agent,
            self._book,
            transmit=transmit,
            open_media=open_media,
            tones=self._tones,
        )
        self._transfers = Transfers(user_agent, self._book, self._outgoing, transmit=transmit)
        self._moved = MovedCalls(
            user_agent, self._book, transmit=transmit, address_towards=address_towards
        )

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`."""
        problems = codec_problems(BY_TITLE[title] for title in change.new.sip.codecs)
        if problems:
            raise BadSettings(problems)
        return Prepared(lambda now: self.apply(change.new, now))

    def apply(self, settings: Settings, now: float) -> None:
        """Go by these settings with the next call; one goes on by those that it began with.

        But an account that is no more, or switched off, is nobody to speak as: its calls end.
        """
        self._book.apply(settings.sip)
        self._incoming.apply(settings)
        self._outgoing.apply(settings)
        self._tones.wanted = settings.audio.call_progress_tones
        gone, self._active = self._active, _active(settings)
        gone -= self._active
        for call in self.calls:
            if not settings.sip.enabled:
                self._book.hang_up(call, now, why="sip.enabled is off")
            elif call.account.id in gone:
                self._book.hang_up(call, now, why=f"account {call.account.id!r} is no more")

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that have not ended, the oldest first."""
        return self._book.calls

    @property
    def leaving(self) -> frozenset[SessionId]:
        """Calls that we have ended and whose peers have not confirmed it yet."""
        return self._book.leaving

    @property
    def deadline(self) -> float | None:
        """When `on_timer` wants to be called."""
        times = (*(call.deadline for call in self.calls), self._moved.deadline)
        return min((time for time in times if time is not None), default=None)

    def on_timer(self, now: float) -> None:
        """Answer what is due, and end what has lasted too long."""
        for call in self.calls:
            self._take_keys(call, call.digits.on_timer(now), now)
            if call.expires_at is not None and call.expires_at <= now:
                why = f"{call.state.value} for too long"
                if call.state is CallState.CALLING:
                    self._tones.fail(call, UNANSWERED)
                self._book.hang_up(call, now, why=why, step=Step.TIME_OUT)
        self._incoming.on_timer(now)
        self._moved.on_timer(now)

    def on_network_changed(self, now: float) -> None:
        """Let the peers of running calls know where we are now."""
        self._moved.on_network_changed(now)

    def on_port_changed(self, now: float) -> None:
        """Let all peers of running calls know by which port they reach us now."""
        self._moved.on_port_changed(now)

    # --- what the user agent tells ---------------------------------------------------------------

    def on_sip_event(self, event: UserAgentEvent, now: float) -> None:
        """Act on an event of a session."""
        match event:
            case sip_events.IncomingCall():
                self._incoming.on_call(event, now)
            case sip_events.Ended():
                self._transfers.on_ended(event.session, event.code, now)
                ended = self._book.get(event.session)
                if ended is not None and ended.state is CallState.CALLING:
                    self._tones.fail(ended, event.code)
                self._book.on_ended(event, now)
            case sip_events.OptionsAnswered() | RegistrationChanged():
                pass
            case _:
                call = self._book.get(event.session)
                if call is not None:  # of a call that we have ended only its end is news
                    self._on_call_event(call, event, now)

    def _on_call_event(self, call: Call, event: sip_events.SessionEvent, now: float) -> None:
        match event:
            case sip_events.Progress():
                self._outgoing.on_progress(call, event)
                self._transfers.on_progress(event, now)
            case sip_events.Answered():
                self._tones.quiet(call)
                self._book.move(call, Step.ANSWERED, now)
                if event.body or call.media.agreed is None:
                    self._agree(call, event.body, now)
                if call.state is CallState.TALKING:
                    self._transfers.on_answered(event.session, now)
            case sip_events.ReferralArrived():
                self._transfers.on_referral(call, event, now)
            case sip_events.ReferralProgress():
                self._transfers.on_news(call, event, now)
            case sip_events.InfoArrived():
                self._on_info(call, event, now)
            case sip_events.ReinviteRefused() | sip_events.InfoRefused():
                log.warning(
                    "peer refuses",
                    peer=call.peer,
                    what="change" if isinstance(event, sip_events.ReinviteRefused) else "key",
                    code=event.code,
                    why=event.reason,
                )
            case _:
                self._on_description(call, event, now)

    def _on_description(self, call: Call, event: sip_events.SessionEvent, now: float) -> None:
        match event:
            case sip_events.Established():
                if call.media.agreed is None:
                    self._agree(call, event.body, now)
            case sip_events.OfferArrived():
                self._on_offer(call, event, now)
            case sip_events.AnswerArrived():
                if event.body:
                    self._agree(call, event.body, now)
            case sip_events.RefreshAnswered():
                self._agree(call, event.body, now, refreshed=event.offer)
            case _:
                log.info("call goes on as it is", peer=call.peer, told=type(event).__name__)

    def _agree(self, call: Call, answer: bytes, now: float, *, refreshed: bytes = b"") -> None:
        """Take the answer to an offer of ours and talk; without one there is nothing to talk by.

        `refreshed` is the offer where it was not ours to choose: that of a session timer.
        """
        try:
            call.media.take_answer(answer, refreshed=refreshed)
        except (NotAcceptable, MalformedDescription) as error:
            self._reporter.disagreed(call, str(error))
            reason = 'SIP;cause=488;text="Not Acceptable Here"'
            self._book.hang_up(call, now, why=str(error), reason=reason)
            return
        if call.waits_for_code:
            call.media.start_unheard()
        elif call.state is CallState.TALKING:
            call.media.open()
        call.log_agreement()

    def _on_offer(self, call: Call, event: sip_events.OfferArrived, now: float) -> None:
        """Answer a change of the session: hold, resume, another codec or address."""
        try:
            body = call.media.answer(event.body) if event.body else call.media.offer()
        except (NotAcceptable, MalformedDescription) as error:
            code = refusal_code(error)
            log.warning("change refused", peer=call.peer, code=code, why=str(error))
            self._transmit(self._agent.refuse_offer(call.session, code, now))
            return
        self._transmit(self._agent.answer_offer(call.session, body, now))

    # --- what the sound engine tells -------------------------------------------------------------

    def on_sound_event(self, event: EngineEvent, now: float) -> None:
        """Act on what happened to a call's sound or to its announcement."""
        self._reporter.on_sound_event(event)
        match event:
            case ClipFinished(clip):
                self._incoming.on_clip_finished(clip, now)
            case NamedEventReceived(stream, packet):
                self._on_named_event(self._book.of_stream(stream), packet, now)
            case StreamSilent(stream, silent_s):
                self._on_lost_sound(
                    self._book.of_stream(stream),
                    now,
                    why=f"nothing came from the peer for {silent_s:g} s",
                    reason='Q.850;cause=41;text="no RTP"',
                )
            case KeysAgreed(stream, suite):
                call = self._book.of_stream(stream)
                log.info("keys agreed", peer=call.peer if call else None, encryption=suite)
            case KeysWearOut(stream, packets_left):
                call = self._book.of_stream(stream)
                if call is not None:
                    self._transmit(renew_keys(call, packets_left, self._agent, now))
            case KeysRefused(stream, why):
                self._on_lost_sound(self._book.of_stream(stream), now, why=why, reason=NO_KEYS)
            case StreamFailed(stream, fault):
                call = self._book.of_stream(stream)
                why = f"a fault of the speaker's program: {fault}"
                self._on_lost_sound(call, now, why=why, reason=FAILED)
            case StreamDisplaced(stream):
                why = "a sound of higher priority"
                self._on_lost_sound(self._book.of_stream(stream), now, why=why)
            case _:
                pass

    def _on_lost_sound(self, call: Call | None, now: float, *, why: str, reason: str = "") -> None:
        if call is not None:
            self._book.hang_up(call, now, why=why, reason=reason)

    # --- keys that the peer presses --------------------------------------------------------------

    def _on_info(self, call: Call, event: sip_events.InfoArrived, now: float) -> None:
        if _keys_count(call):
            pressed = call.digits.on_info(event.content_type, event.body, now)
            self._take_keys(call, pressed, now)

    def _on_named_event(self, call: Call | None, packet: NamedEventPacket, now: float) -> None:
        if call is not None and _keys_count(call):
            self._take_keys(call, call.digits.on_packet(packet, now), now)

    def _take_keys(self, call: Call, pressed: Pressed, now: float) -> None:
        """Keys of an access code are told to nobody."""
        if call.waits_for_code:
            self._incoming.on_code_keys(call, pressed.digits, now)
        else:
            self._tell_keys(call, pressed)

    def _tell_keys(self, call: Call, pressed: Pressed) -> None:
        """Tell the bus which keys were pressed and which sequences they complete."""
        whose = {"account": call.account.id, "call": call.session}
        for digit in pressed.digits:
            log.info("key pressed", peer=call.peer, digit=digit)
            self._reporter.key_pressed(call)
            self._bus.happen("dtmf.digit", digit=digit, **whose)
        for sequence in pressed.sequences:
            self._bus.happen("dtmf.sequence", id=sequence, **whose)

    # --- what people and rules ask ---------------------------------------------------------------

    def find(self, session: SessionId) -> Call:
        """A call that has not ended; raises NoSuchCall."""
        return self._book.find(session)

    def began_at(self, session: SessionId) -> str:
        """When a call began that has not ended: local time (ISO 8601)."""
        return self._reporter.began_at(session)

    def call(
        self, target: SipUri, account: str | AccountSettings | None, now: float, *, address: str
    ) -> SessionId:
        """Call someone, whose host `address` (an IP literal) stands for; raises CallRefused.

        See `OutgoingCalls.place`.
        """
        return self._outgoing.place(target, account, now, address=address)

    def answer(self, session: SessionId, now: float) -> None:
        """Answer a call that rings or is announced; raises IllegalStep for any other."""
        self._incoming.answer_by_hand(self._book.find(session), now)

    def hang_up(self, session: SessionId, now: float) -> None:
        """End a call, whatever state it is in."""
        self._book.hang_up(self._book.find(session), now, why="asked for")

    def hang_up_all(self, now: float) -> None:
        """End every call."""
        for call in self.calls:
            self._book.hang_up(call, now, why="asked for")

    def close(self, now: float) -> None:
        """End every call, and take and place none from now on."""
        self._book.closed = True
        for call in self.calls:
            self._book.hang_up(call, now, why="the speaker is stopping")

    def hold(self, session: SessionId, now: float, *, on: bool) -> None:
        """Put the peer on hold, or talk again (RFC 3264 §8.4).

        Raises:
            IllegalStep: the session cannot be changed now; nothing has changed.
        """
        media = self._book.find(session).media
        proposal = media.propose(held=on)
        effects = self._agent.reinvite(session, proposal.body, now)
        media.proposed(proposal)
        self._transmit(effects)

    def transfer(self, session: SessionId, target: SipUri | SessionId, now: float) -> None:
        """Let a peer talk to somebody else, or to the peer of another call, instead of to us.

        Raises:
            IllegalStep: the call, or the other one, is not answered; or a transfer is under way.
        """
        to = target if isinstance(target, SipUri) else self._book.find(target)
        self._transfers.transfer(self._book.find(session), to, now)

    def send_digits(self, session: SessionId, digits: str, now: float) -> None:
        """Press keys: as telephone-events when the peer agreed to them, else as SIP INFO.

        Raises:
            CallRefused: the account allows neither.
            IllegalStep: the call is not so far that keys could be pressed in it.
        """
        call = self._book.find(session)
        for digit in digits:
            if call.account.dtmf_rtp and call.media.send_key(digit, KEY_PRESS_MS):
                continue
            if not call.account.dtmf_info:
                raise CallRefused(
                    "the peer takes no telephone-events, and the account allows no SIP INFO"
                )
            content_type, body = info_body(digit, KEY_PRESS_MS)
            self._transmit(self._agent.send_info(session, content_type, body, now))


def _active(settings: Settings) -> frozenset[str]:
    return frozenset(account.id for account in settings.sip.accounts if account.active)


def _keys_count(call: Call) -> bool:
    """Whether keys have an effect: before the answer nobody here has let the caller in.

    But those of an access code do that.
    """
    return call.state is CallState.TALKING or call.waits_for_code
