"""When a stream connection has outlived its welcome."""

from sip.transport.connection_limits import ConnectionLimits


class ConnectionWatch:
    """What a connection has carried, and until when it may stand without carrying more.

    Reads no clock: each input takes `now` (monotonic seconds).
    """

    def __init__(self, limits: ConnectionLimits, now: float) -> None:
        self._limits = limits
        self._opened_at = now
        self._last_use = now
        self._used = False
        self._began_at: float | None = None  # of a message that has not ended yet

    @property
    def last_use(self) -> float:
        """When anything whole went either way."""
        return self._last_use

    @property
    def used(self) -> bool:
        """Whether it has carried a message."""
        return self._used

    @property
    def ends_at(self) -> float:
        """When it has to be closed, if it carries nothing more until then."""
        if self._began_at is not None:
            return self._began_at + self._limits.message_s
        if not self._used:
            return self._opened_at + self._limits.message_s
        return self._last_use + self._limits.idle_s

    def look_again_at(self, now: float) -> float:
        """When to see next whether `ends_at` has passed, as it may come nearer meanwhile.

        Seeing to it this seldom, and not setting a timer for each message, keeps messages cheap; a
        message that does not end is cut off no later than after twice its time.
        """
        return min(self.ends_at, now + self._limits.message_s)

    def on_message_read(self, now: float) -> None:
        """A message has come to its end."""
        self._used, self._last_use, self._began_at = True, now, None

    def on_message_written(self, now: float) -> None:
        """We have sent a message."""
        self._used, self._last_use = True, now

    def on_keep_alive(self, now: float) -> None:
        """The peer says that it is there, which alone is no use of a connection."""
        self._last_use = now

    def on_remainder(self, now: float, *, incomplete: bool) -> None:
        """All that was read has been taken; `incomplete`: the beginning of a message is left."""
        if not incomplete:
            self._began_at = None
        elif self._began_at is None:
            self._began_at = now
