"""What the sound devices hold back stays where an echo is looked for, or is told."""

from __future__ import annotations

import numpy as np
import pytest

from media.devices.loop import LoopInput
from media.devices.portaudio import PortAudio
from media.devices.system import SystemInput, SystemOutput
from media.echo.canceller import LONGEST_DELAY_S
from media.engine.commands import ShapeMicrophone
from media.engine.echo_delay import EchoDelay
from media.engine.events import EchoTooLate, EngineEvent
from media.frame import TICK_S, silence
from media.microphone.near_end import EchoCancellation
from tests.media.devices.card_library import CardLibrary, SimulatedCard, SimulatedStream
from tests.media.engine.engine_bench import Bench, Room


class Cards:
    """A loudspeaker and a microphone by cards that come unevenly, and an engine's ticks."""

    def __init__(self, output_s: float, input_s: float) -> None:
        self.now = 0.0
        self._library = CardLibrary(
            SimulatedCard("speaker", inputs=0, said_delay_s=output_s),
            SimulatedCard("microphone", outputs=0, said_delay_s=input_s),
        )
        host = PortAudio(lambda: self._library, lambda: "")
        self.output = SystemOutput("", host=host, clock=lambda: self.now)
        self.input = SystemInput("", host=host, clock=lambda: self.now)
        self.output.open()
        self.input.open()
        self.told: list[EngineEvent] = []
        self.delay = EchoDelay(self.output, self.input, self.told.append)
        self._speaker, self._microphone = self._library.streams

    def run(self, seconds: float, *, starve: bool = False, is_cancelled: bool = True) -> None:
        """Both cards in time with the engine; or in bursts, for which more has to wait."""
        for tick in range(round(seconds / TICK_S)):
            self.output.write(silence() + np.float32(0.1), self.now)
            self.input.read(silence(), None, self.now)
            if not starve:
                self._speaker.play()
                self._record(self._microphone)
            elif tick % 20 == 0:
                for _ in range(20):
                    self._speaker.play()
                    self._record(self._microphone)
            self.now += TICK_S
            if tick % 10 == 0:
                self.delay.look(self.now, is_cancelled=is_cancelled)

    def close(self) -> None:
        self.output.close()
        self.input.close()

    @property
    def total_s(self) -> float:
        return self.output.delay_s + self.input.delay_s

    def _record(self, stream: SimulatedStream) -> None:
        stream.record(np.zeros((stream.blocksize, stream.channels), dtype=np.float32))


def test_our_own_buffers_grow_where_nobody_looks_for_an_echo() -> None:
    made = Cards(0.15, 0.15)
    made.run(10.0, starve=True, is_cancelled=False)
    made.run(10.0, is_cancelled=False)
    assert made.total_s > LONGEST_DELAY_S
    assert made.delay.seconds == 0.0
    assert made.told == []


@pytest.mark.parametrize(("output_s", "input_s"), [(0.15, 0.15), (0.28, 0.02), (0.02, 0.28)])
def test_our_own_buffers_leave_to_the_cards_what_an_echo_may_take(
    output_s: float, input_s: float
) -> None:
    made = Cards(output_s, input_s)
    made.run(10.0, starve=True, is_cancelled=False)
    made.run(10.0)
    assert made.total_s <= LONGEST_DELAY_S
    assert made.told == []


def test_cards_that_take_more_by_themselves_are_told_of_once() -> None:
    made = Cards(0.5, 0.1)
    made.run(2.0)
    assert made.told == [], "it may only have been opened"
    made.run(20.0)
    (told,) = made.told
    assert isinstance(told, EchoTooLate)
    assert told.output_delay_s == pytest.approx(0.55, abs=0.05)
    assert told.input_delay_s == pytest.approx(0.13, abs=0.05)
    assert made.delay.seconds == pytest.approx(0.68, abs=0.05)


class Slow(Room):
    """A loudspeaker that holds sound back."""

    @property
    def delay_s(self) -> float:
        return 0.7


@pytest.mark.parametrize(
    ("has_echo", "cancellation", "told"),
    [
        (True, EchoCancellation.AUTO, 1),
        (True, EchoCancellation.OFF, 0),
        (False, EchoCancellation.AUTO, 0),
    ],
)
def test_it_is_told_only_where_an_echo_is_cancelled(
    has_echo: bool, cancellation: EchoCancellation, told: int
) -> None:
    bench = Bench(room=Slow(), microphone=LoopInput(), has_echo=has_echo)
    bench.do(ShapeMicrophone(echo_cancellation=cancellation))
    bench.run(400)
    assert len([event for event in bench.events if isinstance(event, EchoTooLate)]) == told
