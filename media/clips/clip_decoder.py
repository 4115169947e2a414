"""The program that decodes one sound file.

`python -m media.clips.clip_decoder PATH LONGEST_S [measure] [gently]`

Writes float32 samples, mono, 48 kHz, to standard output. With `measure` the last line on standard
error tells what is known of the clip (`ClipFacts`). When the file cannot be played, that line says
why, and the exit code is 1. With `gently` it gives way to other programs.

Whoever made the file may have made it to take over the program that reads it. This one has let go
of everything by then: it can open no other file, start no program, and use no more memory, time
and disk than the longest clip needs.
"""

from __future__ import annotations

import io
import os
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import av
import numpy as np
from av.audio.resampler import AudioResampler

from media.clips.facts import ClipFacts
from media.clips.loudness import LoudnessMeter
from media.clips.waveform import WaveformMeter
from media.confinement import confine
from media.frame import RATE_HZ

CONTAINERS: Final = "wav,w64,mp3,ogg,flac,au,aiff,aac,mov,mp4,m4a,matroska,webm,caf,amr"
"""What may be opened. Playlists and protocols stay outside: a clip is one file, and never makes
the speaker read another one or call a server."""

EXACT_LENGTHS: Final = frozenset({"au", "aiff", "flac"})
"""Containers whose header tells the length; in others it is an estimate or not there. For WAV the
library tells the length of what is there, so that its header is read here."""

_MISSING_S: Final = 0.1
"""So much less than the header tells means that the file was cut short."""

_DAMAGED_SHARE: Final = 0.1
"""Tags and junk at the end of MP3 files look like a bad packet or two."""

_RIFF_LENGTH_UNKNOWN: Final = 0xFFFF_0000
"""Programs that write to a pipe put the largest numbers there."""

_LOUDEST: Final = 16.0
"""Files of floats can say anything; 24 dB above full scale is no sound any more."""

_SAMPLE_BYTES: Final = 4
_GENTLY: Final = 10


class Undecodable(Exception):
    """The file cannot be played; the message says why, without its name."""


class Decoding:
    """The sound of one file, on its way."""

    def __init__(self, source: BinaryIO, longest_s: float) -> None:
        self.container = self.codec = ""
        self.rate_hz = self.channels = self.samples = 0
        self._source = source
        self._longest_s = longest_s

    def pieces(self) -> Iterator[bytes]:
        """The samples of the first sound stream.

        Raises:
            Undecodable: no sound stream, damaged, cut short, or longer than `longest_s`.
        """
        told_s = None
        try:
            with av.open(
                self._source,
                mode="r",
                options={"format_whitelist": CONTAINERS, "protocol_whitelist": ""},
            ) as container:
                stream = self._sound_stream(container)
                told_s = _told_length_s(container.format.name, stream)
                for piece in _resampled(container, stream):
                    self._count(len(piece) // _SAMPLE_BYTES)
                    yield piece
        except av.FFmpegError as problem:
            raise Undecodable(f"it cannot be decoded: {problem.strerror}") from problem
        found_s = self.samples / RATE_HZ
        if told_s is not None and found_s < told_s - _MISSING_S:
            raise Undecodable(f"it is cut short: {found_s:.1f} s of {told_s:.1f} s are there")

    def _sound_stream(self, container: av.container.InputContainer) -> av.AudioStream:
        if not container.streams.audio:
            kinds = ", ".join(sorted({stream.type for stream in container.streams}))
            raise Undecodable(f"there is no sound in it, only {kinds or 'nothing'}")
        stream = container.streams.audio[0]
        stream.codec_context.thread_count = 1
        self.container, self.codec = (
            container.format.name,
            stream.codec_context.codec.canonical_name,
        )
        self.rate_hz, self.channels = (
            stream.codec_context.sample_rate,
            stream.codec_context.channels,
        )
        return stream

    def _count(self, samples: int) -> None:
        self.samples += samples
        if self.samples > round(self._longest_s * RATE_HZ):
            raise Undecodable(f"it is longer than {self._longest_s:g} s")


def refuse_cut_riff(source: BinaryIO) -> None:
    """Compare a RIFF header, if there is one, with the size of the file.

    Raises:
        Undecodable: the file is shorter than its header tells.
    """
    there = source.seek(0, io.SEEK_END)
    source.seek(0)
    header = source.read(8)
    source.seek(0)
    told = int.from_bytes(header[4:], "little") + 8
    if header[:4] == b"RIFF" and there < told < _RIFF_LENGTH_UNKNOWN:
        raise Undecodable(f"it is cut short: {there} of {told} bytes are there")


def _told_length_s(container_name: str, stream: av.AudioStream) -> float | None:
    if container_name not in EXACT_LENGTHS or not stream.duration or not stream.time_base:
        return None
    return float(stream.duration * stream.time_base)


def _resampled(container: av.container.InputContainer, stream: av.AudioStream) -> Iterator[bytes]:
    form: tuple[int, str, str] | None = None
    resampler: AudioResampler | None = None
    for frame in _frames(container, stream):
        # Chained streams and damaged headers change the form on the way.
        if form != (form := (frame.sample_rate, frame.layout.name, frame.format.name)):
            yield from _rest(resampler)
            # The library adds two equal channels up to 3 dB more: the step to mono is ours.
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
            resampler = AudioResampler(format="flt", layout=layout, rate=RATE_HZ)
        if resampler is not None:
            yield from map(_mono, resampler.resample(frame))
    yield from _rest(resampler)


def _frames(
    container: av.container.InputContainer, stream: av.AudioStream
) -> Iterator[av.AudioFrame]:
    """The frames of the packets that can be decoded.

    Raises:
        Undecodable: too many packets cannot.
    """
    packets = damaged = 0
    for packet in container.demux(stream):
        packets += 1
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            damaged += 1
    if damaged > max(2, _DAMAGED_SHARE * packets):
        raise Undecodable(f"it is damaged: {damaged} of {packets} packets cannot be decoded")


def _rest(resampler: AudioResampler | None) -> Iterator[bytes]:
    if resampler is not None:
        yield from map(_mono, resampler.resample(None))


def _mono(piece: av.AudioFrame) -> bytes:
    """The mean of the channels, so that speech on both keeps its level."""
    samples = piece.to_ndarray().reshape(piece.samples, -1)
    with np.errstate(invalid="ignore"):
        mean = samples.mean(axis=1, dtype=np.float32)
    np.nan_to_num(mean, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    bounded: bytes = np.clip(mean, -_LOUDEST, _LOUDEST).tobytes()
    return bounded


class _Measuring:
    """What `measure` asks for."""

    def __init__(self) -> None:
        self._loudness = LoudnessMeter()
        self._waveform = WaveformMeter()

    def add(self, piece: bytes) -> None:
        samples = np.frombuffer(piece, dtype=np.float32)
        self._loudness.add(samples)
        self._waveform.add(samples)

    def facts(self, decoding: Decoding) -> ClipFacts:
        return ClipFacts(
            samples=decoding.samples,
            loudness=self._loudness.result(),
            waveform=self._waveform.result(),
            container=decoding.container,
            codec=decoding.codec,
            rate_hz=decoding.rate_hz,
            channels=decoding.channels,
        )


def warm_up() -> None:
    """Let every library load what it loads when it is first used: later no file can be opened."""
    tone = io.BytesIO()
    with wave.open(tone, "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(4 * 80))
    tone.seek(0)
    measuring = _Measuring()
    decoding = Decoding(tone, longest_s=1.0)
    for piece in decoding.pieces():
        measuring.add(piece)
    measuring.facts(decoding).to_json()


def main() -> int:
    """Decode the file that the arguments name."""
    path, longest_s = Path(sys.argv[1]), float(sys.argv[2])
    measuring = _Measuring() if "measure" in sys.argv[3:] else None
    if "gently" in sys.argv[3:]:
        os.nice(_GENTLY)
    av.logging.set_level(None)
    warm_up()
    try:
        with path.open("rb") as source:
            confine(most_written=round(longest_s * RATE_HZ + RATE_HZ) * _SAMPLE_BYTES)
            refuse_cut_riff(source)
            decoding = Decoding(source, longest_s)
            for piece in decoding.pieces():
                sys.stdout.buffer.write(piece)
                if measuring is not None:
                    measuring.add(piece)
        sys.stdout.buffer.flush()
        if measuring is not None:
            sys.stderr.write(measuring.facts(decoding).to_json() + "\n")
    except (Undecodable, OSError) as problem:
        sys.stderr.write(f"{getattr(problem, 'strerror', None) or problem}\n")
        return 1
    except MemoryError:
        sys.stderr.write("it needs more memory than any clip should\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
