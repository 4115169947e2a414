"""Sound files with a tone in them, of every kind that PyAV writes."""

import wave
from pathlib import Path

import av
import numpy as np

from media.frame import FloatArray

TONE_HZ = 440.0
SECONDS = 1.0
LEVEL = 0.5


def tone(rate_hz: int, seconds: float = SECONDS) -> FloatArray:
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (LEVEL * np.sin(2 * np.pi * TONE_HZ * time_s)).astype(np.float32)


def write(
    path: Path, codec: str, rate_hz: int, *, layout: str = "mono", seconds: float = SECONDS
) -> Path:
    """A file with a tone on every channel."""
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=rate_hz)
        assert isinstance(stream, av.AudioStream)
        stream.layout = layout
        stream.codec_context.options = {"strict": "experimental"}  # the encoder of Vorbis
        channels = av.AudioLayout(layout).nb_channels
        planes = np.tile(tone(rate_hz, seconds), (channels, 1))
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
        frame.rate = rate_hz
        fifo = av.AudioFifo()
        converter = av.AudioResampler(format=stream.format, layout=layout, rate=rate_hz)
        for converted in converter.resample(frame):
            fifo.write(converted)
        size = stream.codec_context.frame_size or 1024
        while piece := fifo.read(size) or fifo.read():
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def write_wave(path: Path, frames: int, rate_hz: int = 8000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes((tone(rate_hz, frames / rate_hz) * 32767).astype("<i2").tobytes())
    return path
