"""Key presses from a stream of telephone-events (RFC 4733 §2.5.2).

One press as it arrives, 100 ms long at 8 kHz, with a packet every 20 ms:

    time stamp   1000  1000  1000  1000  1000  1000  1000
    duration      160   320   480   640   800   800   800
    end bit         -     -     -     -     E     E     E
                press                           in case the first is lost

Every packet of a press carries the time stamp of its start. So the stamp tells presses apart,
however many of its packets are lost, doubled or out of order, whatever the clock rate, and whether
or not anybody sets the marker.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from dtmf.errors import MalformedPayload
from dtmf.telephone_event import LONGEST_DURATION, TelephoneEvent

SILENCE_S: Final = 1.0
"""A key of which nothing is heard for this long counts as released: the packets that told its end
are lost. Senders tell of it every 50 ms or oftener (RFC 4733 §2.5.1.2)."""

REMEMBERED: Final = 16
"""Presses whose late packets are still known. To press so many takes longer than a packet lives."""

STAMPS: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class Digit:
    """A key went down."""

    digit: str
    """One of `0123456789*#ABCD`."""


@dataclass(slots=True)
class _Segment:
    """The newest press or, of a long one, its newest segment."""

    event: int
    stamp: int
    digit: str
    ended: bool = False
    quiet_at: float | None = None
    """When the key counts as released unless more is heard; None: it is released."""

    def hear(self, event: TelephoneEvent, now: float) -> None:
        self.ended = self.ended or event.end
        self.quiet_at = None if self.ended else now + SILENCE_S

    def goes_on_in(self, event: TelephoneEvent, stamp: int) -> bool:
        """Whether a segment at `stamp` is more of this press (RFC 4733 §2.5.1.3)."""
        follows = (stamp - self.stamp) % STAMPS == LONGEST_DURATION
        return follows and event.event == self.event and not self.ended


class EventReceiver:
    """Turns packets into presses: each is reported once, with the first packet seen of it.

    Reads no clock and keeps a bounded memory whatever a peer sends. `malformed` counts packets that
    hold no telephone-event, `ignored` those whose event is not a key (codes above 15).
    """

    def __init__(self) -> None:
        self.malformed = 0
        self.ignored = 0
        self._newest: _Segment | None = None
        self._known: deque[tuple[int, int]] = deque(maxlen=REMEMBERED)

    @property
    def held(self) -> str | None:
        """The key that is down now, as far as is known."""
        return None if self.deadline is None or self._newest is None else self._newest.digit

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is next to be called; None: not before another packet."""
        return None if self._newest is None else self._newest.quiet_at

    def on_packet(
        self, payload: bytes, rtp_timestamp: int, marker: bool, now: float
    ) -> list[Digit]:
        """The press that the packet begins, if it does; `now` is in monotonic seconds."""
        try:
            event = TelephoneEvent.parse(payload)
        except MalformedPayload:
            self.malformed += 1
            return []
        if event.digit is None:
            self.ignored += 1
            return []
        newest = self._newest
        if newest is not None and (newest.stamp, newest.event) == (rtp_timestamp, event.event):
            newest.hear(event, now)
            return []
        if (rtp_timestamp, event.event) in self._known:
            return []  # a late packet of an earlier press
        self._known.append((rtp_timestamp, event.event))
        self._newest = _Segment(event.event, rtp_timestamp, event.digit)
        self._newest.hear(event, now)
        # The marker says that a press begins here; its absence says nothing, as many never set it.
        if newest is not None and not marker and newest.goes_on_in(event, rtp_timestamp):
            return []
        return [Digit(event.digit)]

    def on_timer(self, now: float) -> None:
        """Release a key whose end was lost."""
        if self.deadline is not None and self.deadline <= now and self._newest is not None:
            self._newest.quiet_at = None
