"""Which source a stream listens to and sends to (symmetric RTP, RFC 4961).

A peer behind a router is not where its description says, so a stream has to follow packets. What
it follows, and what it does not:

| where a packet comes from | is it heard? |
|---|---|
| before the first one: anywhere | yes, and that source is kept to |
| the source that is kept to | yes |
| another, proved by the peer's key (SRTP) | yes, at once; its newest packet decides where we send |
| another, the very address that the description states | yes, at once: what was kept to was a relay's remains or an impostor |
| another, and the stream goes on there (same SSRC, next numbers), the old one silent for 0.3 s | yes: a router has given the peer another port |
| another, the old one silent for 1 s | yes, until the old one goes on: that one is heard again at once |
| another | no: counted, and the last such address remembered |

Reports that come by the sound's own port (RFC 5761) before any sound only say where to send to: the
first one, until one comes from the stated address.

A new description that states another address ends all this: we send to the new address at once,
what still comes from the old one is heard for half a second without being kept to, and the first
packet from elsewhere decides.

A latch that does not follow, as of a page, keeps to the first source for good: nobody is behind a
router there, and everybody who hears the group could go on in the pager's place.

Who guesses our port, but not the peer's address, gets in before the first packet or in a second of
silence, and is out at the peer's next packet. Who can forge the peer's address or listens on the
way can speak in its place: against that there is SRTP, where a packet without the key gets nowhere
and moves nothing, whatever its source.
"""  # noqa: E501  (a table)

from __future__ import annotations

from typing import Final

CONTINUED_AFTER_S: Final = 0.3
"""The peer's own stream is followed to another address when the old one was silent for so long."""
SILENT_AFTER_S: Final = 1.0
"""Another stream may take the place of one that was silent for so long."""
STRAGGLERS_S: Final = 0.5
"""How long packets may be on the way from an address that a new description has given up."""


class PeerLatch:
    """The peer's address: first the stated one, then the one that its packets come from."""

    def __init__(self, stated: tuple[str, int], *, follows: bool = True) -> None:
        """`follows`: whether another source may ever take the place of the first one."""
        self.moves = 0
        """Times that another source took the place of one that had been kept to."""
        self._follows = follows
        self._stated = stated
        self._latched: tuple[str, int] | None = None
        self._heard_at = 0.0
        self._reported: tuple[str, int] | None = None  # reports came from there, and no sound yet
        self._ousted: tuple[str, int] | None = None  # silent, but it may go on
        self._left: tuple[str, int] | None = None  # before the last description
        self._left_at = 0.0

    @property
    def source(self) -> tuple[str, int] | None:
        """The source that is kept to; None: none was heard yet."""
        return self._latched

    @property
    def destination(self) -> tuple[str, int]:
        """Where to send to."""
        return self._latched or self._reported or self._stated

    @property
    def host(self) -> str:
        """The host of `destination`."""
        return self.destination[0]

    def state(self, stated: tuple[str, int], now: float) -> None:
        """A new description came; another address in it ends the latch."""
        if stated != self._stated:
            self._stated = stated
            self._left, self._left_at = self._latched, now
            self._latched = self._ousted = self._reported = None

    def reported(self, source: tuple[str, int]) -> None:
        """A report came by the port of the sound: send there until there is sound to go by.

        A peer that only listens is not heard otherwise. The first one counts, until one comes from
        where the description has the peer.
        """
        if self._reported is None or source == self._stated:
            self._reported = source

    def admits(
        self,
        source: tuple[str, int],
        arrived: float,
        *,
        continues: bool = False,
        authentic: bool = False,
    ) -> bool:
        """Whether a packet from `source` counts, arriving at monotonic second `arrived`.

        `continues`: its SSRC and number go on where the peer's stream was. `authentic`: the peer's
        key proves it, and that it is no copy.
        """
        if source == self._latched or self._latched is None or authentic:
            return True
        if not self._follows:
            return False
        if source in (self._stated, self._ousted):
            return True
        silent_s = arrived - self._heard_at
        return silent_s >= (CONTINUED_AFTER_S if continues else SILENT_AFTER_S)

    def heard(self, source: tuple[str, int], arrived: float, *, newest: bool = True) -> None:
        """A good packet of an admitted source came: keep to it, unless it was overtaken."""
        if source != self._latched:
            is_straggler = source == self._left and arrived - self._left_at < STRAGGLERS_S
            if not newest or is_straggler:
                return
            if self._latched is not None:
                self.moves += 1
                is_rightful = source in (self._stated, self._ousted)
                self._ousted = None if is_rightful else self._latched
            self._latched = source
        self._heard_at = arrived
