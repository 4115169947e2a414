"""What Opus and SRTP cost a call, beside what the two libraries cost without anything around them.

`python -m tests.media.codecs.encrypted_opus_cost` times, in one run and taking turns, what a packet
of 20 ms takes in each direction: opened and decoded, encoded and protected. Ours, and the bare
calls into libsrtp and libopus, with pointers that are there and no sound taken out, for some
complexities of the encoder. Each in a row, and every 20 ms, when the caches hold other things.
"""

from __future__ import annotations

import ctypes
import struct
import sys
import time
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
import opuslib_next
from pylibsrtp import _binding

from media.codecs.opus import BIT_RATE, COMPLEXITY, EXPECTED_LOSS_PERCENT, OPUS, OpusEncoder
from media.rtp.packet import plain_packet
from media.security.libsrtp import OUTBOUND, Session
from media.security.srtp import SrtpContext, SrtpKeys, SrtpSuite
from tests.media.synthetic_voice import voice

SUITE: Final = SrtpSuite.AES_CM_128_HMAC_SHA1_80
KEY: Final = bytes(SUITE.key_octets)
PACKET_S: Final = 0.02
SAMPLES: Final = 960
HEADER_OCTETS: Final = 12
SPEECH: Final = np.split(voice(OPUS.rate_hz, 4.0), 200)
WITH_REDUNDANCY: Final = "useinbandfec=1"
COMPLEXITIES: Final = (COMPLEXITY, 7, 6, 5)
ROUNDS: Final = 20
PACKETS_IN_A_ROUND: Final = 50
SKIPPED: Final = 5
"""Packets at the start of a round that the one before it disturbs."""

_SEQUENCE: Final = struct.Struct("!2xH")


class Work(Protocol):
    """One call's packets, both ways."""

    def receive(self, packet: bytes) -> None:
        """Open and decode."""

    def send(self, number: int) -> None:
        """Encode and protect the speech of this number."""


class _Ours:
    def __init__(self) -> None:
        self._encoder, self._decoder = OPUS.encoder(WITH_REDUNDANCY), OPUS.decoder()
        self._context = SrtpContext(SrtpKeys(SUITE, KEY, KEY))

    def receive(self, packet: bytes) -> None:
        opened = self._context.open(packet)
        assert opened is not None
        self._decoder.decode(opened[HEADER_OCTETS:])

    def send(self, number: int) -> None:
        payload = self._encoder.encode(SPEECH[number % len(SPEECH)])
        self._context.protect(rtp(number, payload))


class _BareCalls:
    """All memory is there from the start, and packets are worked on where they lie."""

    def __init__(self, complexity: int) -> None:
        context = SrtpContext(SrtpKeys(SUITE, KEY, KEY))
        self._out, self._in = context._out._session, context._in._bare._session  # type: ignore[attr-defined]
        self._kept = context, _encoder(complexity), opuslib_next.Decoder(OPUS.rate_hz, 1)
        self._encoder, self._decoder = (
            ctypes.cast(state, ctypes.c_void_p)
            for state in (self._kept[1].encoder_state, self._kept[2].decoder_state)
        )
        self._sound = np.zeros(SAMPLES, dtype=np.float32)
        self._sound_at = ctypes.c_void_p(self._sound.ctypes.data)
        self._speech_at = [ctypes.c_void_p(each.ctypes.data) for each in SPEECH]
        self._packet = np.zeros(1500, dtype=np.uint8)
        self._packet[:HEADER_OCTETS] = np.frombuffer(rtp(0, b""), dtype=np.uint8)
        self._view = self._packet.data
        start = self._packet.ctypes.data
        self._packet_at = _binding.ffi.cast("char *", start)
        self._payload_at = ctypes.c_void_p(start + HEADER_OCTETS)
        self._length = _binding.ffi.new("int *")
        library = opuslib_next.api.libopus
        calls = ctypes.PyDLL(library._name, handle=library._handle)
        self._encode, self._decode = calls.opus_encode_float, calls.opus_decode_float
        self._protect, self._open = _binding.lib.srtp_protect, _binding.lib.srtp_unprotect

    def receive(self, packet: bytes) -> None:
        size = self._length[0] = len(packet)
        self._view[:size] = packet
        self._open(self._in, self._packet_at, self._length)
        octets = self._length[0] - HEADER_OCTETS
        self._decode(self._decoder, self._payload_at, octets, self._sound_at, SAMPLES, 0)

    def send(self, number: int) -> None:
        speech_at = self._speech_at[number % len(SPEECH)]
        octets = self._encode(self._encoder, speech_at, SAMPLES, self._payload_at, 1300)
        _SEQUENCE.pack_into(self._view, 0, number & 0xFFFF)
        self._length[0] = octets + HEADER_OCTETS
        self._protect(self._out, self._packet_at, self._length)


def _encoder(complexity: int) -> opuslib_next.Encoder:
    encoder = opuslib_next.Encoder(OPUS.rate_hz, 1, opuslib_next.APPLICATION_VOIP)
    encoder.bitrate, encoder.complexity = BIT_RATE, complexity
    encoder.signal = opuslib_next.SIGNAL_VOICE
    encoder.inband_fec, encoder.packet_loss_perc = 1, EXPECTED_LOSS_PERCENT
    return encoder


def rtp(number: int, payload: bytes) -> bytes:
    """A packet of the one source that there is here."""
    time_stamp = number * SAMPLES & 0xFFFF_FFFF
    return plain_packet(96, number & 0xFFFF, time_stamp, 5, payload, marker=False)


class _Peer:
    """Protects the packets that come in, ahead of time."""

    def __init__(self) -> None:
        encoder = OpusEncoder(WITH_REDUNDANCY)
        self._payloads = [encoder.encode(each) for each in SPEECH]
        self._session = Session(SUITE, KEY, OUTBOUND)

    def packet(self, number: int) -> bytes:
        return self._session.protect(rtp(number, self._payloads[number % len(SPEECH)]))


def main(arguments: Sequence[str]) -> int:
    """Print means in µs of processor time, without the dearest tenth, and what both ways take."""
    rounds = int(arguments[0]) if arguments else ROUNDS
    works: dict[str, Work] = {"ours": _Ours()}
    works |= {f"bare calls, complexity {each}": _BareCalls(each) for each in COMPLEXITIES}
    table = [
        "| | received, in a row | sent | received, every 20 ms | sent | both, of a core |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    peers = {name: _Peer() for name in works}
    rows = {name: f"| {name}" for name in works}
    for start, pace_s in ((0, 0.0), (rounds * PACKETS_IN_A_ROUND, PACKET_S)):
        spent: dict[str, list[tuple[int, int]]] = {name: [] for name in works}
        for round_ in range(rounds):
            for name, work in works.items():
                first = start + round_ * PACKETS_IN_A_ROUND
                spent[name] += _round(work, peers[name], first, pace_s)[SKIPPED:]
        for name, times in spent.items():
            received_us, sent_us = (_mean_us(each) for each in zip(*times, strict=True))
            rows[name] += f" | {received_us:.0f} µs | {sent_us:.0f} µs"
            if pace_s:
                rows[name] += f" | {(received_us + sent_us) / 1e4 / pace_s:.2f} % |"
    sys.stdout.write("\n".join([*table, *rows.values()]) + "\n")
    return 0


def _mean_us(times: Sequence[int]) -> float:
    return float(np.mean(np.sort(times)[: len(times) * 9 // 10])) / 1000


def _round(work: Work, peer: _Peer, first: int, pace_s: float) -> list[tuple[int, int]]:
    times = []
    due = time.monotonic()
    for number in range(first, first + PACKETS_IN_A_ROUND):
        packet = peer.packet(number)
        due = max(due + pace_s, time.monotonic())
        if pace_s:
            time.sleep(max(due - time.monotonic(), 0.0))
        began = time.thread_time_ns()
        work.receive(packet)
        between = time.thread_time_ns()
        work.send(number)
        times.append((between - began, time.thread_time_ns() - between))
    return times


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
