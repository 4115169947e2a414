"""The sound of one call: its ports, what was agreed about it, and its stream in the engine."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from dtmf.event_sender import event_payloads
from media.engine.commands import (
    EngineCommand,
    OpenStream,
    SendNamedEvent,
    StartStream,
    StopStream,
    UpdateStream,
)
from media.engine.events import StreamId
from media.sdp.direction import Direction
from media.sdp.negotiation import AgreedStream, Capabilities, answer_offer, make_offer, read_answer
from media.sdp.session_description import Origin
from media.stream.rtp_stream import RtpStream
from speaker.sound.priorities import CALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from media.engine.events import ClipId
    from media.security.srtp_suite import SrtpSuite
    from nat.datagram_path import DatagramPath


class Sound(Protocol):
    """What the device needs of the sound engine."""

    def submit(self, command: EngineCommand) -> None:
        """Hand over a command; it takes effect at the next tick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlan:
    """What a call's sound may be, where we are, and when silence means that the peer is gone."""

    capabilities: Capabilities
    address: str
    cname: str
    silence_limit_s: float
    """0: never."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An offer of ours, and whether it holds the peer."""

    body: bytes
    held: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """An offer and its answer, as they went over the wire."""

    offer: bytes = b""
    answer: bytes = b""
    """Empty: there is none, or none yet."""
    offered_here: bool = False


class CallMedia:
    """Ports, offer and answer (RFC 3264) and the engine's stream of one call.

    The ports are bound from the start, because an offer or answer names them; `close` gives them
    back whether or not sound ever flowed.
    """

    def __init__(
        self, plan: MediaPlan, paths: tuple[DatagramPath, DatagramPath], sound: Sound
    ) -> None:
        self.stream = StreamId(secrets.token_hex(4))
        self.agreed: AgreedStream | None = None
        self.exchange = Exchange()
        """The last one that came to something; before one did, the one that was tried."""
        self._plan = plan
        self._rtp, self._rtcp = paths
        self._sound = sound
        self._started = False
        self._closed = False
        self._held = False
        self._proposal = Proposal(b"", held=False)
        self._origin = Origin(session_id=secrets.randbits(62), version=1, address=plan.address)

    @property
    def address(self) -> str:
        """Our address as this peer sees it (IP literal)."""
        return self._plan.address

    @property
    def place(self) -> tuple[str, int]:
        """Where our descriptions want the peer's sound."""
        return self._plan.address, self._rtp.port

    @property
    def codecs(self) -> tuple[str, ...]:
        """Titles of those that we would agree to."""
        return self._plan.capabilities.codecs

    @property
    def widest_direction(self) -> Direction:
        """What settings let us agree to."""
        return self._plan.capabilities.direction

    @property
    def is_started(self) -> bool:
        """Whether the engine has, or had, its stream."""
        return self._started

    def answer(self, offer: bytes) -> bytes:
        """Agree to the peer's offer and return our answer.

        Raises:
            NotAcceptable: nothing in the offer is for us (RFC 3261 §13.3.1.3: 488).
            MalformedDescription: the offer is not SDP (400).
        """
        if self.agreed is None:
            self.exchange = Exchange(offer)
        answer = answer_offer(
            offer,
            self._capabilities(held=self._held),
            self._plan.address,
            self._rtp.port,
            origin=self._origin,
        )
        self._origin = self._origin.next_version()
        self.exchange = Exchange(offer, answer.body)
        self._agree(answer.stream)
        return answer.body

    def offer(self) -> bytes:
        """Our own offer, for a call that we place or an INVITE that came without one."""
        proposal = self.propose(held=self._held)
        self.proposed(proposal)
        return proposal.body

    def propose(self, *, held: bool) -> Proposal:
        """The offer that puts the peer on hold, or ends that. Nothing has changed yet.

        Nothing flows during a hold (`inactive`): RFC 3264 §8.4 lets the holding side go on sending,
        but who puts a caller on hold wants the microphone unheard.
        """
        body = make_offer(
            self._capabilities(held=held), self._plan.address, self._rtp.port, origin=self._origin
        )
        return Proposal(body, held)

    def propose_at(self, address: str) -> Proposal:
        """The offer of the same sound at another address of ours. Nothing has changed yet."""
        origin = replace(self._origin, address=address)
        body = make_offer(
            self._capabilities(held=self._held), address, self._rtp.port, origin=origin
        )
        return Proposal(body, self._held)

    def propose_with(self, keys: Mapping[SrtpSuite, bytes]) -> Proposal:
        """The offer of the same sound under other keys of ours. Nothing has changed yet."""
        capabilities = replace(self._capabilities(held=self._held), keys=keys)
        body = make_offer(capabilities, self._plan.address, self._rtp.port, origin=self._origin)
        return Proposal(body, self._held)

    def renew(self, keys: Mapping[SrtpSuite, bytes], proposal: Proposal) -> None:
        """These are our keys from now on, and the peer is being sent `proposal`, which says so."""
        capabilities = replace(self._plan.capabilities, keys=keys)
        self._plan = replace(self._plan, capabilities=capabilities)
        self.proposed(proposal)

    def move(self, address: str, proposal: Proposal) -> None:
        """We are at another address, and the peer is being sent `proposal`, which says so.

        The ports stay: they are those of every address of the machine.
        """
        self._plan = replace(self._plan, address=address)
        self.proposed(proposal)

    def proposed(self, proposal: Proposal) -> None:
        """The peer is being sent this: the next answer is to it. It counts once answered."""
        self._proposal = proposal
        self._origin = self._origin.next_version()
        if self.agreed is None:
            self.exchange = Exchange(proposal.body, offered_here=True)

    def take_answer(self, answer: bytes, *, refreshed: bytes = b"") -> None:
        """Agree to the peer's answer to our last offer; raises as `answer` does.

        `refreshed` is what was agreed on before, if that was offered once more (RFC 4028 §7.4).
        """
        offer = refreshed or self._proposal.body
        exchange = Exchange(offer, answer, offered_here=True)
        if self.agreed is None:
            self.exchange = exchange
        current = None if self.agreed is None else self.agreed.dtls
        agreed = read_answer(offer, answer, current=current)
        self.exchange = exchange
        if not refreshed:
            self._held = self._proposal.held
        self._agree(agreed)

    def _capabilities(self, *, held: bool) -> Capabilities:
        usual = self._plan.capabilities
        return replace(
            usual,
            direction=Direction.INACTIVE if held else usual.direction,
            in_use=self.agreed,
        )

    def _agree(self, agreed: AgreedStream) -> None:
        self.agreed = agreed
        if self._started:
            self._sound.submit(UpdateStream(self.stream, agreed))

    def start_early(self, announcement: ClipId) -> None:
        """Let the caller hear its announcement, and keep all other sound to ourselves."""
        self._start(opened=False, overhears=announcement)

    def start_unheard(self) -> None:
        """Take the caller's keys; neither side hears anything of the other yet."""
        if not self._started:
            self._start(opened=False)

    def open(self) -> None:
        """Let both sides talk."""
        if self._started:
            self._sound.submit(OpenStream(self.stream))
        else:
            self._start(opened=True)

    def _start(self, *, opened: bool, overhears: ClipId | None = None) -> None:
        if self.agreed is None:
            raise ValueError("a stream starts only after offer and answer have met")
        core = RtpStream(
            self.agreed,
            ssrc=secrets.randbits(32),
            first_sequence=secrets.randbits(15),
            first_timestamp=secrets.randbits(32),
            cname=self._plan.cname,
            identity=self._plan.capabilities.identity,
        )
        self._started = True
        self._sound.submit(
            StartStream(
                stream=self.stream,
                rtp=self._rtp,
                rtcp=self._rtcp,
                core=core,
                placement=CALL,
                opened=opened,
                overhears=overhears,
                silence_limit_s=self._plan.silence_limit_s,
            )
        )

    def send_key(self, digit: str, duration_ms: int) -> bool:
        """Press a key as a telephone-event (RFC 4733); False when the peer agreed to none.

        Raises:
            BadDigit: there is no such key.
        """
        agreed = self.agreed
        if agreed is None or agreed.telephone_event is None or not self._started:
            return False
        payloads = event_payloads(
            digit,
            duration_ms,
            packet_interval_ms=agreed.ptime_ms,
            clock_rate_hz=agreed.telephone_event_hz,
        )
        self._sound.submit(SendNamedEvent(self.stream, tuple(payloads), agreed.telephone_event))
        return True

    def close(self, *, to_its_end: bool = False) -> None:
        """Stop the stream (the engine then closes the ports), or give unused ports back.

        `to_its_end`: what has arrived from the peer is still heard.
        """
        if self._closed:
            return
        self._closed = True
        if self._started:
            self._sound.submit(StopStream(self.stream, to_its_end))
        else:
            self._rtp.close()
            self._rtcp.close()
