"""Full duplex with an open loudspeaker: what comes back of the caller's voice, and how those near
the speaker sound while both speak. Rooms of several kinds, and sound clocks that drift.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tools.bench.caller import Call
from tools.bench.device import Setup, Sound
from tools.bench.echo_scores import (
    aecmos,
    converged_after_s,
    erle_db,
    intelligibility,
    place_of,
    placed,
    quality,
)
from tools.bench.figure import Figure
from tools.bench.packet_stream import L16, PacketStream
from tools.bench.process_cost import cost_of
from tools.bench.reading import Reading
from tools.bench.speaker_device import figures_of_itself
from tools.bench.table import AtLeast
from tools.bench.voices import RATE_HZ, Samples, speech, write_wav

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.bench.device import Maker
    from tools.bench.figure import Run

WANTED_DB = 30.0
CONVERGED_S = 3.0
ALONE_S = 4.0
"""In double talk the caller speaks alone for so long, so that the room can be learned."""
NEAR_LEVEL = 0.5
"""Against the caller's: as loud at the microphone as the echo is."""
PAUSE_S = 0.3
STRETCHES = 3
"""Of the voices, that meet in a call each: which words do makes some tenths of a point."""
COMPARED = "aec3"
COMPARED_STRETCHES = 1
"""What the other engine does to those near the speaker is plain from one."""
TICK_S = 0.01
"""Of the engine, by which a room counts its time."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room, by what is different in it."""

    name: str
    query: str
    stretches: int = STRETCHES
    is_compared: bool = True
    """With the other engine too."""
    change_s: float = 0.0
    """When somebody moves in it, counted from the device's start; 0: never. The voices have to be
    over before the second time."""

    @property
    def uri_query(self) -> str:
        """What stands behind the file in the speaker's URI."""
        return f"{self.query}&change_s={self.change_s:g}" if self.change_s else self.query


ROOMS = (
    Room(
        "300 ms of reverberation", "reverberation_ms=300&delay_ms=60&noise_db=-70&soft_clip_db=-4"
    ),
    Room("150 ms, +100 ppm", "reverberation_ms=150&delay_ms=20&noise_db=-70&drift_ppm=100"),
    Room(
        "40 ms, -100 ppm, card of 300 ms",
        "reverberation_ms=40&delay_ms=300&noise_db=-70&drift_ppm=-100",
    ),
    Room(
        "20 ms, card without delay",
        "reverberation_ms=20&delay_ms=0&noise_db=-70",
        stretches=1,
        is_compared=False,
    ),
    Room(
        "150 ms, somebody moves",
        "reverberation_ms=150&delay_ms=20&noise_db=-70",
        stretches=1,
        is_compared=False,
        change_s=12.0,
    ),
)


@dataclass(frozen=True, slots=True)
class _Call:
    """What one call gave."""

    heard: Samples
    cpu: float
    """Share of a core, in percent."""
    up_s: float
    """How long the device's sound had been running when the caller began."""


def measure(maker: Maker, run: Run) -> list[Reading]:
    """In each room: the caller alone without and with cancellation, then both at once."""
    far = speech().samples
    readings: list[Reading] = []
    for room in ROOMS:
        stretches = [_near(far, number) for number in range(room.stretches)]
        echo = _call(maker, run, room, far, None, "off")
        raw = [_call(maker, run, room, far, near, "off").heard for near in stretches]
        engines = [("auto", maker.name, room.stretches)]
        if room.is_compared:
            engines.append((COMPARED, COMPARED, COMPARED_STRETCHES))
        for engine, device, count in engines:
            alone = _call(maker, run, room, far, None, engine)
            readings += _single_talk(device, room, far, echo, alone)
            judged = stretches[:count]
            both = [_call(maker, run, room, far, near, engine).heard for near in judged]
            readings += _double_talk(device, room, far, judged, raw[:count], both)
    return readings


def _near(far: Samples, number: int) -> Samples:
    """Other sentences than the caller's at the time, after a while of silence."""
    said = np.roll(far, far.size * (number + 1) // (STRETCHES + 1)) * np.float32(NEAR_LEVEL)
    quiet = np.zeros(round(ALONE_S * RATE_HZ), dtype=np.float32)
    return np.concatenate((quiet, said[: far.size - quiet.size]))


def _call(
    maker: Maker, run: Run, room: Room, far: Samples, near: Samples | None, engine: str
) -> _Call:
    folder = run.folder_for(maker)
    path = folder / "near.wav"
    write_wav(path, np.zeros(RATE_HZ, dtype=np.float32) if near is None else near)
    setup = Setup(
        sound=Sound.ROOM, codec=L16.name, room=f"{path}?{room.uri_query}", echo_cancellation=engine
    )
    with (
        maker.start(setup, folder) as device,
        PacketStream(device.sip.host, keep=True) as stream,
        Call(device.sip, device.uri(), stream.address, L16.formats) as call,
    ):
        remote = call.answered().sound
        up_s = figures_of_itself(device, "engine")["ticks"] * TICK_S
        before, began = cost_of(device.child.process_id), time.monotonic()
        stream.send(L16, L16.payloads(far), frozenset(), remote)
        cpu_s = cost_of(device.child.process_id).cpu_s - before.cpu_s
        took_s = time.monotonic() - began
        call.hang_up()
        return _Call(stream.returned_l16(), 100 * cpu_s / took_s, up_s)


def _single_talk(device: str, room: Room, far: Samples, echo: _Call, alone: _Call) -> list[Reading]:
    """Where somebody moves, the echo's level is judged from then on."""
    changed = round(max(room.change_s - alone.up_s, 0.0) * RATE_HZ)
    before, left = echo.heard[changed:], alone.heard[changed:]
    after_s = converged_after_s(before, left, WANTED_DB)
    scores = aecmos(far, echo.heard, alone.heard, "st")
    never = "" if after_s is not None else f"never {WANTED_DB:.0f} dB"
    return [
        Reading(device, _name("ERLE", room), erle_db(before, left, CONVERGED_S), "dB"),
        Reading(device, _name(f"{WANTED_DB:.0f} dB of ERLE after", room), after_s, "s", never),
        Reading(device, _name("AECMOS echo, caller alone", room), scores.echo, ""),
        Reading(device, _name("cost of the canceller", room), alone.cpu - echo.cpu, "%"),
    ]


class _Talk(NamedTuple):
    """What a call is worth in which both speak."""

    echo: float
    degradation: float
    intelligibility: float
    without: float
    """Intelligibility of what the microphone heard."""
    quality: float


def _double_talk(
    device: str,
    room: Room,
    far: Samples,
    stretches: Sequence[Samples],
    raw: Sequence[Samples],
    both: Sequence[Samples],
) -> list[Reading]:
    """Means over the stretches, `raw` being what the microphone heard and `both` what came back."""
    calls = [_talk(far, *call) for call in zip(stretches, raw, both, strict=True)]
    mean = _Talk(*map(float, np.mean(calls, axis=0)))
    echo = " ".join(f"{call.echo:.2f}" for call in calls)
    degradation = " ".join(f"{call.degradation:.2f}" for call in calls)
    without = f"without cancellation {mean.without:.2f}"
    return [
        Reading(device, _name("AECMOS echo, both", room), mean.echo, "", echo),
        Reading(device, _name("AECMOS degradation, both", room), mean.degradation, "", degradation),
        Reading(device, _name("STOI, both", room), mean.intelligibility, "", without),
        Reading(device, _name("PESQ WB, both", room), mean.quality, ""),
    ]


def _talk(far: Samples, near: Samples, raw: Samples, heard: Samples) -> _Talk:
    """`heard` is laid beside what the microphone heard: how late it came is not judged here."""
    place = place_of(near, raw)
    heard = placed(heard, place - place_of(near, heard), heard.size)
    size = min(raw.size, heard.size, far.size)
    both = slice(max(place + round((ALONE_S - PAUSE_S) * RATE_HZ), 0), size)
    said, raw, heard = placed(near, place, size)[both], raw[both], heard[both]
    scores = aecmos(far[both], raw, heard, "dt")
    return _Talk(
        scores.echo,
        scores.degradation,
        intelligibility(said, heard),
        intelligibility(said, raw),
        quality(said, heard),
    )


def _name(quantity: str, room: Room) -> str:
    return f"{quantity}, {room.name}"


_REACH = {
    "ERLE": AtLeast(WANTED_DB),
    f"{WANTED_DB:.0f} dB of ERLE after": CONVERGED_S,
    "AECMOS echo, caller alone": AtLeast(4.5),
    "cost of the canceller": 6.0,
    "AECMOS echo, both": AtLeast(4.4),
    "AECMOS degradation, both": AtLeast(3.8),
    "STOI, both": AtLeast(0.85),
}

ECHO = Figure(
    name="echo",
    title="Echo",
    measure=measure,
    reach={_name(quantity, room): reach for room in ROOMS for quantity, reach in _REACH.items()},
)
