"""SRTP and SRTCP (RFC 3711): what both ends' keys make of packets, and how keys change."""

from __future__ import annotations

import struct
from functools import partial
from typing import Final

import pylibsrtp as library

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
        self._sessions: dict[tuple[SrtpSuite, bytes], library.Session] = {}
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
            self._sessions[known] = libsrtp.session(keys.suite, keys.local, libsrtp.OUTBOUND)
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
        try:
            return bytes(self._out.protect(packet))
        except library.Error as error:
            raise MisuseError(f"a packet cannot be protected: {error}") from error

    def protect_control(self, packet: bytes) -> bytes:
        """An RTCP packet of ours as SRTCP."""
        return bytes(self._out.protect_rtcp(packet))

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
        self._bare = libsrtp.session(suite, key, libsrtp.INBOUND)
        self._session = self._identified(self._bare)
        self._sources: set[int] = set()
        self._highest: dict[int, int] = {}  # index by SSRC, of the SSRC heard last only
        self._walked: library.Session | None = None
        if after is not None:
            for ssrc, index in after._highest.items():
                if 0xFFFF < index < libsrtp.LONGEST_WALK << 16:
                    self._walked = libsrtp.walked(suite, key, ssrc=ssrc, index=index)
                    self._highest = {ssrc: index}

    def identify(self, identifier: bytes) -> None:
        """The key is another MKI's from now on. It is the same key: no copy is let in anew."""
        self._identified = partial(self._identified, identifier=identifier)
        self._session = self._identified(self._bare)

    def open(self, packet: bytes) -> bytes | None:
        if not self._has_room(packet, _SEQUENCE_AND_SSRC):
            return None
        opened = self._unprotected(self._session, packet)
        if self._walked is not None:
            if opened is None:
                opened = self._unprotected(self._identified(self._walked), packet)
                if opened is not None:
                    self._bare = self._walked
                    self._session = self._identified(self._bare)
            else:
                self._highest.clear()
            if opened is not None:
                self._walked = None
        if opened is not None:
            self._note(opened)
        return opened

    def open_control(self, packet: bytes) -> bytes | None:
        if not self._has_room(packet, _SSRC_OF_CONTROL):
            return None
        try:
            opened = bytes(self._session.unprotect_rtcp(packet))
        except (library.Error, ValueError):
            return None
        self._sources.add(*_SSRC_OF_CONTROL.unpack_from(opened))
        return opened

    def _has_room(self, packet: bytes, layout: struct.Struct) -> bool:
        """Whether the packet is of a source that is known, or may become so."""
        if len(packet) < layout.size:
            return False
        return len(self._sources) < MOST_SOURCES or layout.unpack_from(packet)[-1] in self._sources

    def _unprotected(self, session: Session, packet: bytes) -> bytes | None:
        try:
            return bytes(session.unprotect(packet))
        except (library.Error, ValueError):
            return None

    def _note(self, packet: bytes) -> None:
        """Keep count of the roll-overs of the source that is heard (RFC 3711 §3.3.1)."""
        sequence, ssrc = _SEQUENCE_AND_SSRC.unpack_from(packet)
        self._sources.add(ssrc)
        highest = self._highest.get(ssrc)
        if highest is None:
            self._highest = {ssrc: sequence}
            return
        ahead = (sequence - highest) & 0xFFFF
        if 0 < ahead < 0x8000:
            self._highest[ssrc] = highest + ahead
