"""A library with the shape of `sounddevice` whose cards are data and whose callbacks are calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from media.frame import FloatArray

PATIENCE_S = 5.0

INVALID_RATE = -9997
INVALID_CHANNELS = -9998
UNAVAILABLE = -9985
LATENCY_S = 0.05
"""What the library says that lies between a callback and the card's connectors."""


class Refused(Exception):
    """As `sounddevice.PortAudioError`: a message and a code."""


@dataclass
class SimulatedCard:
    """A sound card that takes some rates and numbers of channels only."""

    name: str
    outputs: int = 2
    inputs: int = 2
    rates_hz: tuple[int, ...] = (48_000,)
    channels: tuple[int, ...] = (1, 2)
    in_use: bool = False
    said_delay_s: float = LATENCY_S


@dataclass
class SimulatedStream:
    """A stream whose callbacks the test makes."""

    card: SimulatedCard
    is_output: bool
    samplerate: int
    channels: int
    blocksize: int
    callback: Callable[..., None]
    finished_callback: Callable[[], None]
    latency: float
    state: str = "made"
    stops: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.state = "started"

    def stop(self) -> None:
        self._end("stopped")

    def abort(self) -> None:
        self._end("aborted")

    def close(self) -> None:
        self.state = "closed"

    def break_down(self) -> None:
        """The card was pulled out."""
        self._end("broken")

    def _end(self, how: str) -> None:
        if self.state == "started":
            self.state = how
            self.stops.append(how)
            self.finished_callback()

    def play(self) -> FloatArray:
        """One block as the card plays it: a row for each frame."""
        data = bytearray(4 * self.channels * self.blocksize)
        times = SimpleNamespace(currentTime=10.0, outputBufferDacTime=10.0 + self.card.said_delay_s)
        self.callback(data, self.blocksize, times, SimpleNamespace(output_underflow=False))
        return np.frombuffer(data, dtype=np.float32).reshape(-1, self.channels)

    def record(self, frames: FloatArray) -> None:
        """Give the library one block that the card recorded: a row for each frame."""
        assert frames.shape == (self.blocksize, self.channels)
        times = SimpleNamespace(currentTime=10.0, inputBufferAdcTime=10.0 - self.card.said_delay_s)
        data = np.ascontiguousarray(frames, dtype=np.float32).tobytes()
        self.callback(data, self.blocksize, times, SimpleNamespace())


class CardLibrary:
    """What is plugged in becomes the list of cards when the library starts."""

    PortAudioError = Refused

    def __init__(self, *plugged: SimulatedCard) -> None:
        self.plugged = list(plugged)
        self.streams: list[SimulatedStream] = []
        self.starts = 0
        self._listed: list[SimulatedCard] = []
        self._looks = 0
        self._looked = threading.Condition()

    def wait_until_all_was_seen(self) -> None:
        """Return when somebody who looks for a card has looked at what is plugged in now.

        When he looks the second time from now on, he has drawn his conclusions from the first.
        """
        with self._looked:
            wanted = self._looks + 2
            assert self._looked.wait_for(lambda: self._looks >= wanted, PATIENCE_S)

    @property
    def default(self) -> Any:
        inputs = [index for index, card in enumerate(self._listed) if card.inputs]
        outputs = [index for index, card in enumerate(self._listed) if card.outputs]
        return SimpleNamespace(device=(min(inputs, default=-1), min(outputs, default=-1)))

    def kernel_cards(self) -> str:
        """As `/proc/asound/cards`."""
        return "".join(f"{card.name}\n" for card in self.plugged)

    def query_devices(self) -> list[dict[str, Any]]:
        return [
            {
                "index": index,
                "name": card.name,
                "max_output_channels": card.outputs,
                "max_input_channels": card.inputs,
                "default_samplerate": float(card.rates_hz[0]),
            }
            for index, card in enumerate(self._listed)
        ]

    def RawOutputStream(self, **wanted: Any) -> SimulatedStream:  # noqa: N802
        return self._stream(is_output=True, **wanted)

    def RawInputStream(self, **wanted: Any) -> SimulatedStream:  # noqa: N802
        return self._stream(is_output=False, **wanted)

    def _terminate(self) -> None:
        assert not [stream for stream in self.streams if stream.state == "started"]

    def _initialize(self) -> None:
        self.starts += 1
        self._listed = list(self.plugged)
        with self._looked:
            self._looks += 1
            self._looked.notify_all()

    def _stream(
        self, *, is_output: bool, device: int, dtype: str, latency: float, **wanted: Any
    ) -> SimulatedStream:
        card = self._listed[device]
        if card not in self.plugged or card.in_use:
            raise Refused("Error opening stream: Device unavailable.", UNAVAILABLE)
        if wanted["samplerate"] not in card.rates_hz:
            raise Refused("Error opening stream: Invalid sample rate", INVALID_RATE)
        if wanted["channels"] not in card.channels:
            raise Refused("Error opening stream: Invalid number of channels", INVALID_CHANNELS)
        assert dtype == "float32"
        stream = SimulatedStream(card, is_output, latency=latency, **wanted)
        self.streams.append(stream)
        return stream
