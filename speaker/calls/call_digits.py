"""The keys that the peer presses in one call, however it tells of them, each counted once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from dtmf.duplicates import DuplicateFilter, Method
from dtmf.errors import MalformedInfo
from dtmf.event_receiver import EventReceiver
from dtmf.info import carries_digit, parse_info
from dtmf.sequences import SequenceMatcher

if TYPE_CHECKING:
    from conf.settings import AccountSettings
    from media.rtp.named_event import NamedEventPacket

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pressed:
    """Keys told by one message, and the sequences that they completed or that time decided."""

    digits: str = ""
    sequences: tuple[str, ...] = ()


NOTHING = Pressed()


class CallDigits:
    """Telephone-events and SIP INFO in, keys and key sequences out; as the account allows them."""

    def __init__(self, account: AccountSettings, sequences: Mapping[str, str]) -> None:
        """`sequences` maps the id of each sequence that counts in this call to its keys."""
        self._account = account
        self._receiver = EventReceiver()
        self._duplicates = DuplicateFilter()
        self._sequences = sequences
        self._matcher = SequenceMatcher(sequences)

    @property
    def deadline(self) -> float | None:
        """When `on_timer` wants to be called."""
        times = (self._receiver.deadline, self._matcher.deadline)
        return min((time for time in times if time is not None), default=None)

    def on_packet(self, packet: NamedEventPacket, now: float) -> Pressed:
        """Take a telephone-event packet (RFC 4733)."""
        if not self._account.dtmf_rtp:
            return NOTHING
        digits = self._receiver.on_packet(packet.payload, packet.rtp_timestamp, packet.marker, now)
        return self._press([each.digit for each in digits], Method.RTP, now)

    def on_info(self, content_type: str, body: bytes, now: float) -> Pressed:
        """Take the body of a SIP INFO request; one that tells of no key is nothing to us."""
        if not self._account.dtmf_info or not carries_digit(content_type):
            return NOTHING
        try:
            digit = parse_info(content_type, body).digit
        except MalformedInfo as error:
            log.info("INFO tells of no key", why=str(error))
            return NOTHING
        return self._press([digit], Method.INFO, now)

    def begin_sequences(self) -> None:
        """The keys that were pressed until now belong to no sequence."""
        self._matcher = SequenceMatcher(self._sequences)

    def on_timer(self, now: float) -> Pressed:
        """Let go of keys whose end was lost, and decide what waited for a gap."""
        self._receiver.on_timer(now)
        return Pressed(sequences=tuple(self._matcher.on_timer(now)))

    def _press(self, digits: list[str], method: Method, now: float) -> Pressed:
        new = [digit for digit in digits if self._duplicates.is_new(digit, method, now)]
        sequences = [name for digit in new for name in self._matcher.on_digit(digit, now)]
        return Pressed("".join(new), tuple(sequences))
