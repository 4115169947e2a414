"""SRTP and SRTCP (RFC 3711): what both ends' keys make of packets, and how keys change."""

from __future__ import annotations

import struct
from functools import partial
from typing import Final

from media.errors import MisuseError
from media.security import libsrtp
from media.security.master_key_identifier import Session, identified
from media.security.srtp_keys import SrtpKeys
from media.security.srtp_suite import SrtpSuite

__all__ = ["SrtpContext", "SrtpKeys", "SrtpSuite"]

OVERLAP_PACKETS: Final = 100
"""A key that was replaced is good for so many packets that came under its successor: 2 s of late
ones. RFC 3711 §8.1 lets keys overlap."""
LONGEST_OVERLAP_PACKETS: Final = 2000
"""And for so many packets in all, while the peer does not use the new one: 40 s."""
OWN_OVERLAP_PACKETS: Final = 25
"""We go on with our old key until the peer uses its new one, for so many packets: half a second."""
MOST_OWN_KEYS: Final = 64
MOST_SOURCES: Final = 64
"""SSRCs of the peer under one key: libsrtp keeps a replay window of each for as long as the key is
there. Whoever has the key could make it millions."""

_SEQUENCE_AND_SSRC: Final = struct.Struct("!2xH4xI")
_SSRC_OF_CONTROL: Final = struct.Struct("!4xI")


class SrtpContext:
    """Protects what goes out and opens what comes in, as long as a stream lasts.

    Raises MisuseError for a key that is not as long as its suite wants it.
    """

    def __init__(self, keys: SrtpKeys) -> None:
        self._keys = keys
        self._sessions: dict[tuple[SrtpSuite, bytes], libsrtp.Session] = {}
        self._out = self._outbound(keys)
        self._next_out: Session | None = None
        self._next_out_in = 0  # packets
        self._in = _Inbound(keys)
        self._old_in: _Inbound | None = None
        self._old_good_for = self._old_good_at_most = 0  # packets

    def update(self, keys: SrtpKeys) -> None:
        """Go on with what was agreed to anew.

        A key that stays goes on where it was: to start it again would use its key stream twice.
        One that is replaced is still good for a while, in both directions: packets are under way,
        and the peer has not read our answer yet.
        """
        theirs_changed = (keys.suite, keys.remote) != (self._keys.suite, self._keys.remote)
        ours = (keys.suite, keys.local, keys.local_mki)
        if ours != (self._keys.suite, self._keys.local, self._keys.local_mki):
            self._next_out = self._outbound(keys)
            self._next_out_in = OWN_OVERLAP_PACKETS
            if not theirs_changed:
                self._change_own_key()
        if theirs_changed:
            self._old_in = self._in
            self._in = _Inbound(keys, after=self._old_in)
            self._old_good_for = OVERLAP_PACKETS
            self._old_good_at_most = LONGEST_OVERLAP_PACKETS
        else:
            self._in.identify(keys.remote_mki)
        self._keys = keys

    def _outbound(self, keys: SrtpKeys) -> Session:
        """The session of a key of ours. Of one that comes back it goes on where it was (§9.1)."""
        known = (keys.suite, keys.local)
        if known not in self._sessions:
            if len(self._sessions) >= MOST_OWN_KEYS:
                raise MisuseError(f"a stream has more than {MOST_OWN_KEYS} keys of ours")
            self._sessions[known] = libsrtp.Session(keys.suite, keys.local, libsrtp.OUTBOUND)
        return identified(self._sessions[known], keys.suite, keys.local_mki)

    def _change_own_key(self) -> None:
        if self._next_out is not None:
            self._out, self._next_out = self._next_out, None

    def protect(self, packet: bytes) -> bytes:
        """An RTP packet of ours as SRTP.

        Raises:
            MisuseError: this key has protected a packet of that number before (RFC 3711 §9.1).
        """
        if self._next_out is not None:
            self._next_out_in -= 1
            if self._next_out_in < 0:
                self._change_own_key()
        return self._out.protect(packet)

    def protect_control(self, packet: bytes) -> bytes:
        """An RTCP packet of ours as SRTCP."""
        return self._out.protect_control(packet)

    def open(self, packet: bytes) -> bytes | None:
        """The RTP packet in an SRTP packet; None: it is not the peer's, or a copy."""
        opened = self._in.open(packet)
        if self._old_in is None:
            return opened
        return self._overlapping(opened, self._old_in, packet)

    def _overlapping(self, opened: bytes | None, old: _Inbound, packet: bytes) -> bytes | None:
        """The packet, while keys change: under the new key if `opened`, else under the old one."""
        if opened is not None:
            self._change_own_key()
            self._old_good_for -= 1
        else:
            opened = old.open(packet)
        self._old_good_at_most -= opened is not None  # what strangers send ends nothing
        if self._old_good_for <= 0 or self._old_good_at_most <= 0:
            self._old_in = None
        return opened

    def open_control(self, packet: bytes) -> bytes | None:
        """The RTCP packet in an SRTCP packet; None: it is not the peer's, or a copy."""
        opened = self._in.open_control(packet)
        if opened is not None:
            self._change_own_key()  # the peer has its new key, so it has ours
        elif self._old_in is not None:
            opened = self._old_in.open_control(packet)
        return opened


class _Inbound:
    """What the peer sends under one key of its own.

    RFC 3711 §3.3.1 has the roll-over counter go on when the key changes; many phones begin again
    with 0. Whichever this peer does is found out by its first packets.
    """

    def __init__(self, keys: SrtpKeys, after: _Inbound | None = None) -> None:
        suite, key = keys.suite, keys.remote
        self._identified = partial(identified, suite=suite, identifier=keys.remote_mki)
        self._bare = libsrtp.Session(suite, key, libsrtp.INBOUND)
        self._session = self._identified(self._bare)
        self._sources: set[int] = set()
        self._ssrc: int | None = None  # of the source that is heard
        self._index = 0  # of its latest packet: roll-overs and sequence number (§3.3.1)
        self._walked: libsrtp.Session | None = None
        if after is not None and after._ssrc is not None:
            ssrc, index = after._ssrc, after._index
            if 0xFFFF < index < libsrtp.LONGEST_WALK << 16:
                self._walked = libsrtp.walked(suite, key, ssrc=ssrc, index=index)
                self._hear(ssrc, index)

    def identify(self, identifier: bytes) -> None:
        """The key is another MKI's from now on. It is the same key: no copy is let in anew."""
        self._identified = partial(self._identified, identifier=identifier)
        self._session = self._identified(self._bare)

    def open(self, packet: bytes) -> bytes | None:
        if len(packet) < _SEQUENCE_AND_SSRC.size:
            return None
        sequence, ssrc = _SEQUENCE_AND_SSRC.unpack_from(packet)  # which SRTP leaves as they are
        if ssrc != self._ssrc and not self._has_room(ssrc):
            return None
        opened = self._session.open(packet)
        if self._walked is not None:
            opened = self._settled(opened, self._walked, packet)
        if opened is None:
            return None
        if ssrc != self._ssrc:
            self._hear(ssrc, sequence)
        elif (ahead := (sequence - self._index) & 0xFFFF) < 0x8000:
            self._index += ahead
        return opened

    def open_control(self, packet: bytes) -> bytes | None:
        if len(packet) < _SSRC_OF_CONTROL.size:
            return None
        (ssrc,) = _SSRC_OF_CONTROL.unpack_from(packet)
        if not self._has_room(ssrc):
            return None
        opened = self._session.open_control(packet)
        if opened is not None:
            self._sources.add(ssrc)
        return opened

    def _has_room(self, ssrc: int) -> bool:
        """Whether a source is known, or may become so."""
        return ssrc in self._sources or len(self._sources) < MOST_SOURCES

    def _hear(self, ssrc: int, index: int) -> None:
        self._sources.add(ssrc)
        self._ssrc, self._index = ssrc, index

    def _settled(
        self, opened: bytes | None, walked: libsrtp.Session, packet: bytes
    ) -> bytes | None:
        """The packet, while it is open how the peer counts: `opened` if it began anew with 0."""
        if opened is not None:
            self._ssrc = None
        else:
            opened = self._identified(walked).open(packet)
            if opened is None:
                return None
            self._bare = walked
            self._session = self._identified(walked)
        self._walked = None
        return opened
