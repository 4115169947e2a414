"""Loudspeaker and microphone of the system, with a library whose cards are data."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import pytest

from media.devices.card import STALE_S
from media.devices.portaudio import PortAudio
from media.devices.system import LATENCY_S as ASKED_LATENCY_S
from media.devices.system import SystemInput, SystemOutput
from media.frame import FRAME_SAMPLES, RATE_HZ, TICK_S, FloatArray, silence
from tests.media.devices.card_library import (
    LATENCY_S,
    PATIENCE_S,
    CardLibrary,
    SimulatedCard,
    SimulatedStream,
)
from tests.media.spectrum import gain_and_residue_db

TONE_HZ = 1000.0
MOST_DELAY_S = 0.4
MOST_BEND_PPM = 150
"""Of the pitch, after a minute: the level of the ring is still being worked off."""

USB = "USB Audio Device: - (hw:1,0)"


@dataclass
class Clock:
    """The time that devices see."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def host_of(library: CardLibrary) -> PortAudio:
    return PortAudio(lambda: library, library.kernel_cards, retry_s=0.001)


def wait_until_found() -> None:
    """Return when no thread looks for a card any more."""
    for thread in threading.enumerate():
        if thread.name == "sound card":
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def recorded(stream: SimulatedStream, first: int) -> FloatArray:
    """A block of the tone from sample `first` on, as the card records it."""
    at = (first + np.arange(stream.blocksize)) / stream.samplerate
    sound = 0.5 * np.sin(2 * np.pi * TONE_HZ * at)
    return np.repeat(sound[:, np.newaxis], stream.channels, axis=1).astype(np.float32)


def heard_by(
    microphone: SystemInput, stream: SimulatedStream, clock: Clock, *, ppm: float, for_s: float
) -> FloatArray:
    """What the engine gets of a tone, at ticks of 10 ms, from a card that is `ppm` faster."""
    frames, blocks = [], 0
    block_s = TICK_S / (1 + ppm * 1e-6)
    began = clock.now
    for tick in range(1, round(for_s / TICK_S) + 1):
        while (blocks + 1) * block_s + 0.004 <= tick * TICK_S:
            clock.now = began + (blocks + 1) * block_s + 0.004
            stream.record(recorded(stream, blocks * stream.blocksize))
            blocks += 1
        clock.now = began + tick * TICK_S
        frame = silence()
        microphone.read(frame, None, clock.now)
        frames.append(frame)
    return np.concatenate(frames)


def nearest_tone(sound: FloatArray) -> tuple[float, float, float]:
    """By how many ppm it is off `TONE_HZ`, its level, and that of all else, in dB."""
    fits = (
        (ppm, *gain_and_residue_db(sound, RATE_HZ, TONE_HZ * (1 + ppm * 1e-6)))
        for ppm in range(-1200, 1201, 20)
    )
    return min(fits, key=lambda fit: fit[2])


def biggest_bend(sound: FloatArray) -> float:
    """By how much a tone breaks off at worst: what its curve leaves beyond that of a tone."""
    step = 2 * np.pi * TONE_HZ / RATE_HZ
    return float(np.abs(sound[2:] - 2 * np.cos(step) * sound[1:-1] + sound[:-2]).max())


@pytest.mark.parametrize(
    ("rate_hz", "channels", "ppm"),
    [
        (48_000, 1, 0), (48_000, 2, 200), (48_000, 1, -200), (48_000, 1, 1000), (48_000, 2, -1000),
        (44_100, 2, 300), (32_000, 1, -50), (8_000, 1, 100),
    ],
)  # fmt: skip
def test_a_tone_into_a_microphone_with_its_own_clock_never_breaks_off(
    rate_hz: int, channels: int, ppm: int
) -> None:
    library, clock = (
        CardLibrary(SimulatedCard(USB, rates_hz=(rate_hz,), channels=(channels,))),
        Clock(),
    )
    microphone = SystemInput("USB", host=host_of(library), clock=clock)
    microphone.open()
    heard = heard_by(microphone, library.streams[-1], clock, ppm=ppm, for_s=60.0)
    begun = int(np.flatnonzero(heard)[0])
    assert begun < 0.1 * RATE_HZ
    assert biggest_bend(heard[begun + RATE_HZ // 10 :]) < 0.0002
    off_ppm, gain_db, residue_db = nearest_tone(heard[-RATE_HZ // 2 :])
    assert off_ppm == pytest.approx(ppm, abs=MOST_BEND_PPM)
    assert gain_db == pytest.approx(-6.02, abs=0.1)
    assert residue_db < -45
    assert microphone.delay_s < MOST_DELAY_S
    microphone.close()


def play(loudspeaker: SystemOutput, stream: SimulatedStream, ticks: int) -> FloatArray:
    """What the card plays while the engine writes a tone."""
    at = np.arange(ticks * FRAME_SAMPLES) / RATE_HZ
    sound = (0.5 * np.sin(2 * np.pi * TONE_HZ * at)).astype(np.float32)
    played = []
    for tick, frame in enumerate(np.split(sound, ticks)):
        loudspeaker.write(frame, tick * TICK_S)
        played.append(stream.play())
    return np.concatenate(played)


@pytest.mark.parametrize("rate_hz", [48_000, 44_100, 32_000, 16_000, 8_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_tone_is_played_at_the_rate_of_the_card_on_every_channel(
    rate_hz: int, channels: int
) -> None:
    card = SimulatedCard(USB, outputs=channels, rates_hz=(rate_hz,), channels=(channels,))
    library, clock = CardLibrary(card), Clock()
    loudspeaker = SystemOutput("", host=host_of(library), clock=clock)
    loudspeaker.open()
    played = play(loudspeaker, library.streams[-1], 60)
    assert played.shape[1] == channels
    assert np.array_equal(played[:, 0], played[:, -1])
    gain_db, residue_db = gain_and_residue_db(played[:, 0], rate_hz, TONE_HZ)
    assert gain_db == pytest.approx(-6.02, abs=0.05)
    assert residue_db < -70
    assert loudspeaker.underruns == 0
    loudspeaker.close()


def test_the_delay_is_that_of_the_card_and_of_what_waits() -> None:
    library, clock = CardLibrary(SimulatedCard(USB)), Clock()
    loudspeaker = SystemOutput("", host=host_of(library), clock=clock)
    loudspeaker.open()
    play(loudspeaker, library.streams[-1], 400)
    loudspeaker.write(None, clock.now)
    # Two frames wait from the start, and one that was written now.
    assert loudspeaker.delay_s == pytest.approx(LATENCY_S + 3 * TICK_S, abs=0.001)
    loudspeaker.close()


@pytest.mark.parametrize("nonsense_s", [-4321.0, 7.0])
def test_a_delay_that_cannot_be_is_not_believed(nonsense_s: float) -> None:
    library, clock = CardLibrary(SimulatedCard(USB, said_delay_s=nonsense_s)), Clock()
    loudspeaker = SystemOutput("", host=host_of(library), clock=clock)
    loudspeaker.open()
    play(loudspeaker, library.streams[-1], 400)
    assert loudspeaker.delay_s == pytest.approx(ASKED_LATENCY_S + 2 * TICK_S, abs=0.001)
    loudspeaker.close()


def test_a_card_that_is_missing_at_the_start_is_told_by_name_and_taken_when_it_comes() -> None:
    library, clock = CardLibrary(SimulatedCard("PCH")), Clock()
    loudspeaker = SystemOutput("USB", host=host_of(library), clock=clock)
    loudspeaker.open()
    told = loudspeaker.trouble(clock.now)
    assert told == "output system:USB: no card has this name; there are: PCH"
    loudspeaker.write(None, clock.now)
    library.plugged.append(SimulatedCard(USB))
    wait_until_found()
    assert not loudspeaker.trouble(clock.now)
    assert (
        gain_and_residue_db(play(loudspeaker, library.streams[-1], 30)[:, 0], RATE_HZ, TONE_HZ)[1]
        < -70
    )
    loudspeaker.close()


def test_a_microphone_comes_later_while_the_loudspeaker_plays() -> None:
    pch, usb = SimulatedCard("PCH", inputs=0), SimulatedCard(USB)
    library, clock = CardLibrary(pch), Clock()
    host = host_of(library)
    loudspeaker = SystemOutput("PCH", host=host, clock=clock)
    microphone = SystemInput("USB", host=host, clock=clock)
    loudspeaker.open()
    microphone.open()
    assert loudspeaker.trouble(clock.now) == ""
    assert "no card has this name" in microphone.trouble(clock.now)
    library.plugged.append(usb)
    wait_until_found()
    assert not microphone.trouble(clock.now)
    assert loudspeaker.trouble(clock.now) == ""
    playing, hearing = (
        next(each for each in library.streams if each.state == "started" and each.is_output is out)
        for out in (True, False)
    )
    assert gain_and_residue_db(play(loudspeaker, playing, 30)[:, 0], RATE_HZ, TONE_HZ)[1] < -70
    heard = heard_by(microphone, hearing, clock, ppm=0, for_s=0.5)
    assert np.abs(heard).max() == pytest.approx(0.5, abs=0.01)
    microphone.close()
    loudspeaker.close()


def test_a_card_that_is_pulled_out_is_told_and_taken_again_when_it_is_back() -> None:
    usb = SimulatedCard(USB)
    library, clock = CardLibrary(usb, SimulatedCard("PCH")), Clock()
    microphone = SystemInput("USB", host=host_of(library), clock=clock)
    microphone.open()
    heard_by(microphone, library.streams[-1], clock, ppm=0, for_s=0.2)
    library.plugged.remove(usb)
    library.streams[-1].break_down()
    assert microphone.trouble(clock.now) == "input system:USB: the card went away"
    library.wait_until_all_was_seen()
    assert "no card has this name; there are: PCH" in microphone.trouble(clock.now)
    library.plugged.append(usb)
    wait_until_found()
    assert not microphone.trouble(clock.now)
    heard = heard_by(microphone, library.streams[-1], clock, ppm=500, for_s=0.5)
    assert np.abs(heard[RATE_HZ // 4 :]).max() == pytest.approx(0.5, abs=0.01)
    microphone.close()


def test_a_card_that_no_longer_calls_is_lost_after_a_while() -> None:
    library, clock = CardLibrary(SimulatedCard(USB)), Clock()
    loudspeaker = SystemOutput("USB", host=host_of(library), clock=clock)
    loudspeaker.open()
    play(loudspeaker, library.streams[-1], 10)
    clock.now += STALE_S - 0.1
    assert loudspeaker.trouble(clock.now) == ""
    clock.now += 0.2
    assert "no call for 3 s" in loudspeaker.trouble(clock.now)
    wait_until_found()
    assert not loudspeaker.trouble(clock.now)
    loudspeaker.close()


def test_closing_ends_the_search_for_a_card() -> None:
    library, clock = CardLibrary(), Clock()
    microphone = SystemInput("", host=host_of(library), clock=clock)
    microphone.open()
    microphone.close()
    library.plugged.append(SimulatedCard(USB))
    microphone.close()
    assert not [each for each in library.streams if each.state == "started"]
