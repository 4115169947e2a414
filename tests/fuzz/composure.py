"""What must hold for the sound of a call, whatever comes to its ports and from whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from media.codecs import registry
from media.codecs.comfort_noise import comfort_noise
from media.frame import FRAME_SAMPLES, TICK_S, FloatArray, silence
from media.rtp.packet import looks_like_rtcp, plain_packet
from media.rtp.receiver import EVENTS_KEPT
from media.sdp.agreement import AgreedStream, WantedReports
from media.security.dtls_handshake import looks_like_dtls
from media.security.dtls_setup import DtlsTerms, Setup
from media.security.srtp import SrtpContext, SrtpKeys
from media.security.srtp_suite import SrtpSuite
from media.stream.rtp_stream import RtpStream
from tests.media.security.dtls_peers import CLIENT_IDENTITY, SERVER_IDENTITY
from tests.media.streams import PEER, PEER_CONTROL, agreed

SOURCES: Final = (PEER, PEER_CONTROL, ("192.0.2.7", 9), ("203.0.113.9", 6000))
MOST_DATAGRAMS: Final = 64
WALL: Final = 1_800_000_000.0
LONG_S: Final = 20.0
"""Longer than any interval of reports."""

_SUITE: Final = SrtpSuite.AES_CM_128_HMAC_SHA1_80
_OURS, _THEIRS = b"o" * _SUITE.key_octets, b"t" * _SUITE.key_octets
_HEARD_AGAIN_TICKS: Final = 150
_TITLES: Final = {0: "PCMU", 8: "PCMA", 9: "G722", 11: "L16/44100", 3: "GSM", 96: "opus"}
_WIDER: Final = {97: "speex/8000", 98: "speex/32000", 99: "L16/48000", 100: "G726-32"}
_ACCEPTS: Final = {number: registry.BY_TITLE[title] for number, title in (_TITLES | _WIDER).items()}

# How a datagram of an input comes, by the bits of its first octet.
_FROM: Final = 0x03
"""Which of SOURCES."""
_BY_RTCP: Final = 0x04
"""On the port of RTCP."""
_SEALED: Final = 0x08
"""Under the peer's key, where there is one."""
_FRAMED: Final = 0x10
"""As the payload of the next packet, its first octet being the payload type."""
_THEN: Final = 5
"""The bits from here on: how many ticks pass."""


def datagram(data: bytes, *, how: int = _SEALED, ticks: int = 0) -> bytes:
    """One entry of an input."""
    return bytes((how | ticks << _THEN,)) + len(data).to_bytes(2) + data


def _kinds() -> tuple[AgreedStream, ...]:
    accepts = _ACCEPTS | {13: comfort_noise(8000)}
    keys = SrtpKeys(_SUITE, _OURS, _THEIRS)
    wanted = WantedReports(voip_metrics=True, receiver_time=True)
    plain = {"accepts": accepts, "extended_reports": wanted}
    peer = frozenset((SERVER_IDENTITY.fingerprint,))
    return (
        agreed(**plain),
        agreed(**plain, multiplexed=True, remote_control=PEER),
        agreed(**plain, srtp=keys),
        agreed(**plain, dtls=DtlsTerms(Setup.ACTIVE, peer)),
        agreed(**plain, dtls=DtlsTerms(Setup.PASSIVE, peer), multiplexed=True),
    )


KINDS: Final = _kinds()
"""An input's first octet says which one of these it meets."""


@dataclass
class _Call:
    """A stream that is ticked, and everything that it does looked at."""

    stream: RtpStream
    now: float = 1000.0
    latest: FloatArray | None = None

    def __post_init__(self) -> None:
        self._peer = SrtpContext(SrtpKeys(_SUITE, _THEIRS, _OURS))

    def tick(self) -> None:
        self.now += TICK_S
        if self.stream.handshake_is_due(self.now):
            self.stream.advance_handshake(self.now)
        self.latest = self.stream.play(self.now)
        if self.latest is not None:
            assert self.latest.shape == (FRAME_SAMPLES,)
            assert np.isfinite(self.latest).all()
        sent = self.stream.capture(silence(), self.now)
        sent += self.stream.control(self.now, WALL + self.now)
        assert len(self.stream.take_named_events()) <= EVENTS_KEPT
        for data, _ in sent:
            self._look_at(data)

    def end(self) -> None:
        """A last report, whatever it has to tell, and a goodbye."""
        self.now += LONG_S
        sent = self.stream.control(self.now, WALL + self.now)
        sent += self.stream.goodbye(self.now, WALL + self.now)
        for data, _ in sent:
            self._look_at(data)
        if self.stream.agreed.dtls is None:
            assert len(sent) == 2

    def seal(self, data: bytes) -> bytes:
        """As the peer would send it."""
        try:
            if looks_like_rtcp(data):
                return self._peer.protect_control(data)
            return self._peer.protect(data)
        except Exception:
            return data

    def _look_at(self, data: bytes) -> None:
        """Nothing is sent that was to be encrypted and is not."""
        terms = self.stream.agreed
        if terms.dtls is not None:
            assert looks_like_dtls(data), "there are no keys"
        if terms.srtp is not None:
            is_control = looks_like_rtcp(data)
            opened = self._peer.open_control(data) if is_control else self._peer.open(data)
            assert opened is not None, "not under our key"


def endure_datagrams(script: bytes) -> None:
    """Let a stream meet what `script` says, then its peer; check that it stays what it was."""
    terms = KINDS[script[0] % len(KINDS)] if script else KINDS[0]
    call = _Call(
        RtpStream(
            terms,
            ssrc=1,
            first_sequence=1,
            first_timestamp=1,
            cname="speaker",
            identity=CLIENT_IDENTITY,
        )
    )
    for number, (how, contents) in enumerate(_entries(script[1:])):
        data = _framed(contents, number) if how & _FRAMED and contents else contents
        is_sealed = how & _SEALED and terms.srtp is not None
        receive = call.stream.receive_control if how & _BY_RTCP else call.stream.receive
        receive(call.seal(data) if is_sealed else data, SOURCES[how & _FROM], call.now)
        for _ in range(how >> _THEN):
            call.tick()
    for _ in range(10):
        call.tick()
    assert call.stream.statistics.packets_received <= MOST_DATAGRAMS
    if terms.dtls is None:
        _hear_the_peer(call)
    call.end()


def _hear_the_peer(call: _Call) -> None:
    """Nobody has made it deaf for whom it is to hear."""
    loud = bytes((0x20,)) * 160
    for tick in range(_HEARD_AGAIN_TICKS):
        if tick % 2 == 0:
            number = tick // 2
            data = plain_packet(0, 5000 + number, 160 * number, 0xBEEF, loud, marker=False)
            call.stream.receive(
                call.seal(data) if call.stream.agreed.srtp else data, PEER, call.now
            )
        call.tick()
    assert call.latest is not None
    assert np.abs(call.latest).max() > 0.01


def _framed(contents: bytes, number: int) -> bytes:
    kind, payload = contents[0], contents[1:]
    return plain_packet(kind & 0x7F, number, 160 * number, 7, payload, marker=kind > 127)


def _entries(script: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(MOST_DATAGRAMS):
        if at + 3 > len(script):
            return
        end = at + 3 + int.from_bytes(script[at + 1 : at + 3])
        yield script[at], script[at + 3 : end]
        at = end
