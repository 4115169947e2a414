"""Packets in, in whatever order and rhythm the network has; packets out, one after another.

The playout clock is the caller's: each `take` asks for what is to be heard next. How long packets
wait is not set anywhere but follows: a packet that is missing when its turn comes holds the clock
(its place is concealed until it comes, and everything after it is played that much later), and
the slack, by how much packets came before their turn, tells the caller when sound can be left out
again. So no word is dropped for being late, and the delay is what the network needs. Only a network
that stood still for longer than `MOST_WAITING_S` loses what is older than that.

Time in which the caller itself stood still is another matter: the network did not ask for it, so
the sound that belonged to it is given up and does not become delay.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

from media.codecs import Codec
from media.playout.slack import Slack

LONGEST_DELAY_S: Final = 0.200
"""More sound than this waits only for as long as leaving some of it out takes."""
MOST_WAITING_S: Final = 1.0
"""More sound than this never waits: the oldest is skipped."""
START_DELAY_S: Final = 0.010
"""What the first packet of a call waits, to have some slack from the start."""

_PAUSE_AFTER_S: Final = 0.060  # concealment is silent by then; what comes next may start anew
_SKIP_JOINT_S: Final = 0.010  # concealed where sound was skipped, so that it does not click
_AFTER_LOST_TIME_S: Final = 0.040  # kept of a talker who began in it: a burst of ticks, and a start
_AHEAD_S: Final = 0.015  # more than a tick: by so much a time stamp may run ahead over a pause
_PACKETS: Final = 128  # 60 ms of it would be 7 s: a bound on memory, the delay is bounded above
_SEEN: Final = 512  # how far back a double is told from a late packet
_NOTHING: Final = range(0)


class MediaPacket(NamedTuple):
    """One packet of sound, its numbers counted on without wrapping."""

    sequence: int
    timestamp: int
    """RTP clock units."""
    duration: int
    """RTP clock units; above 0."""
    codec: Codec
    payload: bytes
    arrived: float
    """Monotonic seconds."""


class Absence(enum.Enum):
    """Why there is no packet to play now."""

    LOST = "a later packet is here"
    LATE = "nothing is here yet"
    PAUSE = "nothing has been here for a while, or ever"


class Gap(NamedTuple):
    """Sound that is missing now."""

    duration: int
    """RTP clock units to fill before asking again."""
    absence: Absence
    following: MediaPacket | None = None
    """Of what is lost: the packet after it."""
    missing: int = 0
    """Of what is lost: RTP clock units up to that packet."""


class Fate(enum.Enum):
    """What became of a packet put in."""

    KEPT = "kept"
    REORDERED = "kept, though a later one came before it"
    DOUBLED = "dropped: it is here, or was"
    LATE = "dropped: its turn is over"
    GIVEN_UP = "dropped: its turn was in time that passed unplayed"


class JitterBuffer:
    """Sound of one source on its way to the decoder. Times are monotonic seconds.

    `headroom_s` is played later than a call is, from the first packet on.
    """

    def __init__(self, clock_rate_hz: int, headroom_s: float = 0.0) -> None:
        self._headroom_s = headroom_s
        self._start_delay_s = START_DELAY_S + headroom_s
        self.skipped = 0
        """Packets thrown away unplayed, so that the delay does not grow."""
        self._lost_time = False  # some has passed since the last take
        self._is_last = False
        self.reset(clock_rate_hz)

    def reset(self, clock_rate_hz: int) -> None:
        """Forget all: another source begins, whose numbers have nothing to do with these."""
        self.clock_rate_hz = clock_rate_hz
        self._longest_units = round(LONGEST_DELAY_S * clock_rate_hz)
        self._waiting: dict[int, MediaPacket] = {}
        self._waiting_units = 0  # of sound in them
        self._newest = -1
        self._seen = 0  # bit n: the packet n before the newest has come
        self._playing = False
        self._next_sequence = -1
        self._next_timestamp = 0
        self._stretched = 0  # concealed since the last packet was played, in clock units
        self._given_up = _NOTHING  # time stamps whose turn has passed unplayed
        self._asked_before_s = 0.0  # how long before its turn sound was asked for last
        self._offset: float | None = None  # when clock unit 0 would have been played
        self._slack = Slack(self._headroom_s)
        self.delay_s = 0.0
        """How long the last packet waited from its arrival to its turn; negative: it was late."""

    @property
    def waiting_s(self) -> float:
        """Seconds of sound that have come and were not taken yet."""
        return self._waiting_units / self.clock_rate_hz

    @property
    def is_empty(self) -> bool:
        """Whether no packet waits for its turn."""
        return not self._waiting

    def put(self, packet: MediaPacket) -> Fate:
        """Take a packet from the network."""
        age = self._newest - packet.sequence
        if 0 <= age < _SEEN and self._seen >> age & 1:
            return Fate.DOUBLED
        if age < 0:
            self._seen = (self._seen << min(-age, _SEEN) | 1) & ((1 << _SEEN) - 1)
            self._newest = packet.sequence
        else:
            self._seen |= 1 << min(age, _SEEN)
        if packet.sequence < self._next_sequence:
            if self._offset is not None:
                turn = self._offset + packet.timestamp / self.clock_rate_hz
                self.delay_s = turn - packet.arrived
                self._slack.add(self.delay_s - self._asked_before_s)
            return Fate.LATE
        if packet.timestamp in self._given_up:
            self.skipped += 1
            return Fate.GIVEN_UP
        self._waiting[packet.sequence] = packet
        self._waiting_units += packet.duration
        self._keep_bounds(MOST_WAITING_S)
        return Fate.KEPT if age < 0 else Fate.REORDERED

    def take(self, now: float, queued_s: float, wanted: int) -> MediaPacket | Gap:
        """What is to be heard after the `queued_s` seconds that were taken already and not played.

        `wanted` clock units are needed now: a gap is not longer, so that a late packet is found at
        the next call. After a packet, ask again when its duration has been used up.
        """
        turn = now + queued_s
        self._asked_before_s = queued_s
        if self._lost_time:
            self._end_lost_time()
        head = self._waiting[min(self._waiting)] if self._waiting else None
        if not self._playing:
            if head is None:
                return Gap(wanted, Absence.PAUSE)
            self._follow_stamps(head)
            if turn < self._start(head):
                return Gap(wanted, Absence.PAUSE)
            self._begin(head, turn)
        if head is None:
            self._stretched += wanted
            self._playing = self._stretched < _PAUSE_AFTER_S * self.clock_rate_hz
            return Gap(wanted, Absence.LATE if self._playing else Absence.PAUSE)
        missing = head.timestamp - self._next_timestamp - self._stretched
        if missing <= 0 or missing > self._longest_units:
            return self._play(head, turn, missing)
        duration = min(wanted, missing)
        self._stretched += duration
        return Gap(duration, Absence.LOST, head, missing)

    @property
    def next_packet(self) -> MediaPacket | None:
        """What `take` gives next, if it is here and nothing is missing before it."""
        if not self._playing or not self._waiting:
            return None
        head = self._waiting[min(self._waiting)]
        return head if head.timestamp <= self._next_timestamp + self._stretched else None

    def recovered(self, units: int) -> None:
        """Tell that so much more than the last gap was filled, up to the packet that is here.

        What was missing has had its turn by that. Where that packet repeats it, it came as late as
        that one.
        """
        self._stretched += units
        self._next_sequence = min(self._waiting)
        following = self._waiting[self._next_sequence]
        if following.codec.repeats and self._offset is not None:
            turn = self._offset + (following.timestamp - following.duration) / self.clock_rate_hz
            self._slack.add(turn - self._asked_before_s - following.arrived)

    def give_up(self, lost_s: float) -> None:
        """Tell that `lost_s` seconds passed in which nothing was taken, before the next `take`.

        What was to be heard then and is put in before that is left out, so that all that follows
        keeps its turn. What comes later still is late like any packet, and nothing is lost of it:
        the sender may have stood still too.
        """
        self._lost_time = True
        if not self._playing:
            return
        first = self._next_timestamp
        self._next_timestamp += self._stretched + round(lost_s * self.clock_rate_hz)
        self._stretched = 0
        joint = round(_SKIP_JOINT_S * self.clock_rate_hz)
        self._given_up = range(first, self._next_timestamp + joint)
        for packet in [one for one in self._waiting.values() if one.timestamp in self._given_up]:
            self._remove(packet.sequence)
            self.skipped += 1

    def finish(self) -> None:
        """Tell that what waits is all there will be: nobody gains by hearing it sooner."""
        self._is_last = True

    @property
    def surplus_s(self) -> float:
        """Seconds of sound that may be left out (above 0) or should be put in (below 0)."""
        if self._is_last:
            return 0.0
        surplus_s = self._slack.surplus_s
        if self._waiting_units > self._longest_units:  # much came at once
            return max(surplus_s, self.waiting_s)
        return surplus_s

    def adjusted(self, by_s: float) -> None:
        """Tell that the caller put in `by_s` seconds of sound, or left out if negative."""
        self._slack.shift(by_s)
        if self._offset is not None:
            self._offset += by_s

    def _start(self, head: MediaPacket) -> float:
        """When the first packet after a pause is to be played.

        On the old time line, as far ahead of it as there is slack to save, if the sender's clock
        ran on through the pause; else a little after its arrival.
        """
        if self._offset is not None and self._slack.is_known:
            turn = self._offset + head.timestamp / self.clock_rate_hz
            turn -= self._slack.low_s - self._start_delay_s
            if head.arrived <= turn <= head.arrived + LONGEST_DELAY_S:
                return turn
        return head.arrived + self._start_delay_s

    def _follow_stamps(self, head: MediaPacket) -> None:
        """Before the first packet after a pause: let the time line go with the sender's stamps.

        No network brings a packet sooner than the fastest. One that seems to come sooner has a time
        stamp that ran ahead in the pause, and need not wait for it. PJSIP's do so by 40 ms with
        each key that is pressed, while it sends events and no sound.
        """
        if self._offset is None or not self._slack.is_known:
            return
        turn = self._offset + head.timestamp / self.clock_rate_hz
        ahead_s = turn - head.arrived - self._slack.high_s
        if _AHEAD_S < ahead_s <= LONGEST_DELAY_S:
            self._offset -= ahead_s

    def _begin(self, head: MediaPacket, turn: float) -> None:
        self._playing = True
        self._stretched = 0
        self._next_timestamp = head.timestamp
        self._next_sequence = head.sequence
        if self._offset is not None:
            self._move_to(turn - head.timestamp / self.clock_rate_hz)

    def _play(self, head: MediaPacket, turn: float, missing: int) -> MediaPacket:
        if missing < 0 or missing > self._longest_units:
            # What was concealed beyond the gap has moved the time line; a jump of the sender's
            # time stamps has broken it.
            self._move_to(turn - head.timestamp / self.clock_rate_hz)
        self._offset = turn - head.timestamp / self.clock_rate_hz
        self.delay_s = turn - head.arrived
        self._remove(head.sequence)
        if self._waiting_units <= self._longest_units:  # else much came at once: no rule for later
            self._slack.add(self.delay_s - self._asked_before_s)
        self._next_sequence = head.sequence + 1
        self._next_timestamp = head.timestamp + head.duration
        self._stretched = 0
        return head

    def _end_lost_time(self) -> None:
        self._lost_time = False
        self._given_up = _NOTHING
        if not self._playing:
            self._keep_bounds(_AFTER_LOST_TIME_S)

    def _remove(self, sequence: int) -> None:
        self._waiting_units -= self._waiting.pop(sequence).duration

    def _move_to(self, offset: float) -> None:
        """Play on another time line; what is known of the network stays, seen from there.

        That is so if the network had stood still, which the sound tells that comes all at once. A
        sender whose time stamps stood still, or jumped, has begun anew.
        """
        if self._offset is not None:
            moved = offset - self._offset
            if abs(moved) <= LONGEST_DELAY_S or 0.0 < moved <= 2 * self.waiting_s:
                self._slack.shift(moved)
            else:
                self._slack.clear()
        self._offset = offset

    def _keep_bounds(self, longest_s: float) -> None:
        """Skip the oldest packets while more sound waits than `longest_s`, but for the newest."""
        if len(self._waiting) < 2:
            return
        longest = longest_s * self.clock_rate_hz
        if self._waiting_units <= longest and len(self._waiting) <= _PACKETS:
            return
        while len(self._waiting) > 1 and (
            self._waiting_units > longest or len(self._waiting) > _PACKETS
        ):
            self._remove(min(self._waiting))
            self.skipped += 1
        if self._playing and self._waiting:
            self._next_sequence = min(self._waiting)
            joint = round(_SKIP_JOINT_S * self.clock_rate_hz)
            self._next_timestamp = self._waiting[self._next_sequence].timestamp - joint
            self._stretched = 0
