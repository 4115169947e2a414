"""How one stream is protected: not at all, by keys of the descriptions, or by keys of DTLS."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from media.errors import MisuseError
from media.sdp.agreement import AgreedStream
from media.security.dtls_association import DtlsAssociation
from media.security.dtls_door import Address
from media.security.dtls_identity import DtlsIdentity
from media.security.srtp_keys import SrtpKeys
from media.security.srtp_suite import SrtpSuite
from media.stream.early_packets import EarlyPackets
from media.stream.key_wear import KeyWear
from nat.datagram_path import NOWHERE

if TYPE_CHECKING:
    from media.security.srtp import SrtpContext

Datagrams = list[tuple[bytes, Address]]

MOST_NEWS: Final = 16
"""That wait to be fetched."""


@dataclass(frozen=True, slots=True)
class KeyNews:
    """What came of a handshake: keys of a suite, or why there are none."""

    suite: SrtpSuite | None
    why: str = ""


class StreamSecurity:
    """Protects and opens the packets of one stream, and gets the keys for it.

    A stream that is to be encrypted and has no keys yet sends nothing and opens nothing; what may
    be the peer's sound waits for them. RTCP on a
    port of its own has an association of its own (RFC 5764 §3); if the peer begins none, or does
    not answer ours, no RTCP is sent and the sound goes on. Where keys change (a new description),
    the old ones serve until the new ones are there.
    """

    def __init__(self, agreed: AgreedStream, identity: DtlsIdentity | None) -> None:
        self.unauthentic = 0
        """SRTP and SRTCP that the peer's key does not prove to be new and its own."""
        self.too_early = 0
        """SRTP and SRTCP that came before there were keys, and could not be opened since."""
        self.is_plain = _is_plain(agreed)
        """Whether the descriptions agreed to no encryption."""
        self._identity = identity
        self._agreed = agreed
        self._context: SrtpContext | None = None
        self._control_context: SrtpContext | None = None
        self._association: DtlsAssociation | None = None
        self._control_association: DtlsAssociation | None = None
        self._stated = agreed.remote  # of whom the association is
        self._keys_may_fail = False
        self._early = EarlyPackets()
        self._wear = KeyWear()
        self._news: list[KeyNews] = []
        self._packets_left: int | None = None
        if not self.is_plain:
            _context_class()  # now, and not amid the sound when a handshake has brought keys
        self._adopt(agreed)

    @property
    def has_own_control(self) -> bool:
        """Whether RTCP has keys of its own: those of a handshake on its own port."""
        return self._agreed.dtls is not None and not self._agreed.multiplexed

    @property
    def refused(self) -> int:
        """Datagrams that were no handshake of the peer, and were not looked at."""
        both = (self._association, self._control_association)
        return sum(each.refused for each in both if each is not None)

    # --- what was agreed -------------------------------------------------------------------------

    def update(self, agreed: AgreedStream) -> None:
        """Go on with what a new offer and answer agreed to."""
        before, self._agreed = self._agreed, agreed
        self.is_plain = _is_plain(agreed)
        goes_on = agreed.dtls is not None and agreed.dtls == before.dtls
        if goes_on and (agreed.remote == self._stated or agreed.remote[0] in NOWHERE):
            return
        self._adopt(agreed, has_moved=goes_on)

    def _adopt(self, agreed: AgreedStream, *, has_moved: bool = False) -> None:
        self._association = self._control_association = None
        self._early.forget()
        if agreed.srtp is not None:
            self._context = self._changed(self._context, agreed.srtp)
        if agreed.dtls is None:
            return
        if self._identity is None:
            raise MisuseError("a stream with keys by DTLS needs an identity")
        # A peer that only has a new address may begin anew (RFC 8842 §4), or go on as it was.
        self._stated = agreed.remote
        self._keys_may_fail = has_moved and self._context is not None
        self._association = DtlsAssociation(self._identity, agreed.dtls, agreed.remote)
        if self.has_own_control:
            self._control_association = DtlsAssociation(
                self._identity, agreed.dtls, agreed.remote_control
            )

    @property
    def may_send(self) -> bool:
        """Whether what is to be sent can be protected as agreed."""
        return self._context is not None or self.is_plain

    # --- packets ---------------------------------------------------------------------------------

    def protect(self, packet: bytes) -> bytes | None:
        """An RTP packet of ours as it may be sent; None: it must not be."""
        if self.is_plain:
            return packet
        if self._context is None:
            return None
        try:
            return self._context.protect(packet)
        except MisuseError:  # a key that came back has protected one of this number before
            return None

    def protect_control(self, packet: bytes) -> bytes | None:
        """An RTCP packet of ours as it may be sent; None: it must not be."""
        if self.is_plain:
            return packet
        context = self._control_context if self.has_own_control else self._context
        return None if context is None else context.protect_control(packet)

    def open(self, packet: bytes) -> bytes | None:
        """The RTP packet that came; None: it does not count."""
        if self.is_plain:
            return packet
        if self._context is None:
            self.too_early += 1
            return None
        opened = self._context.open(packet)
        self.unauthentic += opened is None
        return opened

    @property
    def awaits_keys(self) -> bool:
        """Whether a handshake may still bring keys for what cannot be opened yet."""
        return self._association is not None and not self._association.is_settled

    def keep(self, packet: bytes, source: Address, arrived: float) -> None:
        """Keep SRTP that could not be opened until there are keys, if it may be the peer's."""
        association = self._association
        if association is None or not association.may_be_with(source):
            return
        kept = self._early.keep(packet, source, arrived, stated=self._stated)
        if kept and self._context is not None:  # it is of the new keys, until it proves not to be
            self.unauthentic -= 1
            self.too_early += 1

    def take_early(self, source: Address) -> list[tuple[bytes, float]]:
        """What was kept of the source that is the peer, with arrivals, to be opened once more."""
        taken = self._early.take(source)
        self.too_early -= len(taken)
        return taken

    def open_control(self, packet: bytes) -> bytes | None:
        """The RTCP packet that came, on whichever port; None: it does not count."""
        if self.is_plain:
            return packet
        contexts = [each for each in (self._control_context, self._context) if each is not None]
        if not contexts:
            self.too_early += 1
            return None
        for context in contexts:
            opened = context.open_control(packet)
            if opened is not None:
                return opened
        self.unauthentic += 1
        return None

    # --- handshakes ------------------------------------------------------------------------------

    def take_handshake(self, datagram: bytes, source: Address) -> None:
        """Take what looks like DTLS on the port of RTP. It waits for `advance`."""
        if self._association is not None:
            self._association.take(datagram, source)

    def take_control_handshake(self, datagram: bytes, source: Address) -> None:
        """Take what looks like DTLS on the port of RTCP."""
        if self._control_association is not None:
            self._control_association.take(datagram, source)

    def is_due(self, now: float) -> bool:
        """Whether `advance` has something to do."""
        if self._association is None:
            return False
        control = self._control_association
        return self._association.is_due(now) or (control is not None and control.is_due(now))

    def advance(self, now: float) -> Address | None:
        """Do one step of the handshakes, of about a millisecond; where the peer proved to be."""
        proved = None
        association, control = self._association, self._control_association
        if association is not None and association.is_due(now):
            was_settled = association.is_settled
            association.advance(now)
            if association.is_settled and not was_settled:
                proved = association.peer
                self._conclude(association)
        elif control is not None and control.is_due(now):
            was_settled = control.is_settled
            control.advance(now)
            if control.keys is not None and not was_settled:
                self._control_context = self._changed(self._control_context, control.keys)
        return proved

    def _conclude(self, association: DtlsAssociation) -> None:
        if association.keys is not None:
            self._context = self._changed(self._context, association.keys)
            if self._context is not None:
                self._tell(KeyNews(association.keys.suite))
            return
        self._early.forget()
        if not self._keys_may_fail:
            self._context = self._control_context = None
            self._control_association = None
            self._tell(KeyNews(None, association.failure))

    def count(self, packets: int) -> None:
        """Hear how many packets the peer has sent in all; what that means for its key is told."""
        left = self._wear.look(self._agreed.srtp, packets)
        if left is None:
            return
        if left > 0:
            self._packets_left = left
        else:
            self._tell(KeyNews(None, "the other side's key is used up, and it has given no other"))

    def take_packets_left(self) -> int | None:
        """How many packets the peer's key is still good for, when it is time for another one."""
        left, self._packets_left = self._packets_left, None
        return left

    def _tell(self, news: KeyNews) -> None:
        if len(self._news) < MOST_NEWS:
            self._news.append(news)

    def take_outgoing(self) -> Datagrams:
        """What is to be sent from the port of RTP."""
        return [] if self._association is None else self._association.take_outgoing()

    def take_control_outgoing(self) -> Datagrams:
        """What is to be sent from the port of RTCP."""
        control = self._control_association
        return [] if control is None else control.take_outgoing()

    def take_news(self) -> list[KeyNews]:
        """What has become of keys since the last call."""
        if not self._news:
            return []
        taken, self._news = self._news, []
        return taken

    def _changed(self, context: SrtpContext | None, keys: SrtpKeys) -> SrtpContext | None:
        """The context with other keys: the same one, so that old ones are good for a while.

        None, and told, for a peer that has made us change them all too often.
        """
        if context is None:
            return _context_class()(keys)
        try:
            context.update(keys)
        except MisuseError as error:
            self._tell(KeyNews(None, f"keys cannot be changed once more: {error}"))
            return None
        return context


def _is_plain(agreed: AgreedStream) -> bool:
    return agreed.srtp is None and agreed.dtls is None


@cache
def _context_class() -> type[SrtpContext]:
    """Loads libsrtp, which nobody but encrypted streams needs, and which takes 5 MB of memory."""
    from media.security.srtp import SrtpContext  # noqa: PLC0415

    return SrtpContext
