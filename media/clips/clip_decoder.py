"""The program that decodes one sound file.

`python -m media.clips.clip_decoder PATH LONGEST_S [measure]`

Writes float32 samples, mono, 48 kHz, to standard output. With `measure` the last line on standard
error tells its loudness (LUFS) and its true peak (dB). When the file cannot be played, that line
says why, and the exit code is 1.
"""

from __future__ import annotations

import io
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import av
import numpy as np
from av.audio.resampler import AudioResampler

from media.clips.loudness import LoudnessMeter
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

_MEMORY_BYTES: Final = 1 << 30
_SAMPLE_BYTES: Final = 4


class Undecodable(Exception):
    """The file cannot be played; the message says why, without its name."""


def decode(source: BinaryIO, longest_s: float) -> Iterator[bytes]:
    """The samples of the first sound stream, in pieces.

    Raises:
        Undecodable: no sound stream, damaged, cut short, or longer than `longest_s`.
    """
    try:
        with av.open(
            source, mode="r", options={"format_whitelist": CONTAINERS, "protocol_whitelist": ""}
        ) as container:
            if not container.streams.audio:
                kinds = ", ".join(sorted({stream.type for stream in container.streams}))
                raise Undecodable(f"there is no sound in it, only {kinds or 'nothing'}")
            stream = container.streams.audio[0]
            told_s = _told_length_s(container.format.name, stream)
            limit = round(longest_s * RATE_HZ)
            samples = 0
            for piece in _resampled(container, stream):
                samples += len(piece) // _SAMPLE_BYTES
                if samples > limit:
                    raise Undecodable(f"it is longer than {longest_s:g} s")
                yield piece
    except av.FFmpegError as problem:
        raise Undecodable(f"it cannot be decoded: {problem.strerror}") from problem
    found_s = samples / RATE_HZ
    if told_s is not None and found_s < told_s - _MISSING_S:
        raise Undecodable(f"it is cut short: {found_s:.1f} s of {told_s:.1f} s are there")


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


def main() -> int:
    """Decode the file that the arguments name."""
    path, longest_s = Path(sys.argv[1]), float(sys.argv[2])
    meter = LoudnessMeter() if "measure" in sys.argv[3:] else None
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    av.logging.set_level(None)
    try:
        with path.open("rb") as source:
            refuse_cut_riff(source)
            for piece in decode(source, longest_s):
                sys.stdout.buffer.write(piece)
                if meter is not None:
                    meter.add(np.frombuffer(piece, dtype=np.float32))
        sys.stdout.buffer.flush()
        if meter is not None:
            measured = meter.result()
            sys.stderr.write(f"{measured.integrated_lufs} {measured.true_peak_db}\n")
    except (Undecodable, OSError) as problem:
        sys.stderr.write(f"{getattr(problem, 'strerror', None) or problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
