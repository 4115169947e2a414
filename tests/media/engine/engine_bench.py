"""An engine in memory, in a room of its own: commands and ticks in, sound and events out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np

from media.codecs import g711
from media.devices.loop import LoopInput
from media.devices.null import NullOutput
from media.engine.arbiter import Placement, Treatment
from media.engine.commands import StartStream
from media.engine.engine_core import EngineCore
from media.engine.events import ClipId, EngineEvent, StreamId
from media.frame import FRAME_SAMPLES, TICK_S, FloatArray, silence
from media.rtp.packet import RtpPacket
from tests.media.streams import PEER, packet, stream
from tests.media.wire import WirePath

CLIP = ClipId("clip")
OTHER = ClipId("other")
CALL = StreamId("call")
WALL = 1_800_000_000.0


class Room(NullOutput):
    """A loudspeaker that remembers what it played."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[FloatArray] = []
        self.wrong = ""

    def write(self, frame: FloatArray | None, now: float) -> None:
        super().write(frame, now)
        self.frames.append(silence() if frame is None else frame.copy())

    def trouble(self, now: float) -> str:
        return self.wrong


@dataclass
class Bench:
    """An engine with its room, its clock and what it told."""

    room: Room = field(default_factory=Room)
    microphone: LoopInput = field(default_factory=LoopInput)
    has_echo: bool = True
    events: list[EngineEvent] = field(default_factory=list)
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.core = EngineCore(
            self.room, self.microphone, self.events.append, has_echo=self.has_echo
        )

    def do(self, *commands: object) -> None:
        for command in commands:
            self.core.carry_out(command, self.now, WALL)  # type: ignore[arg-type]

    def run(self, ticks: int) -> FloatArray:
        """What is heard during so many ticks."""
        before = len(self.room.frames)
        for _ in range(ticks):
            self.core.tick(self.now, WALL)
            self.now += TICK_S
        return np.concatenate(self.room.frames[before:])


def steady(level: float, frames: int = 100) -> FloatArray:
    return np.full(frames * FRAME_SAMPLES, level, dtype=np.float32)


def start(bench: Bench, name: StreamId = CALL, **changes: object) -> tuple[WirePath, WirePath]:
    """Start a G.711 stream; its two paths."""
    rtp, rtcp = WirePath(("192.0.2.1", 4000)), WirePath(("192.0.2.1", 4001))
    command = StartStream(name, rtp, rtcp, stream())
    bench.do(dataclasses.replace(command, **changes))  # type: ignore[arg-type]
    return rtp, rtcp


def placed(priority: int, treatment: Treatment | None = None, *, queue: bool = False) -> Placement:
    placement = Placement(priority=priority, queue=queue)
    return placement if treatment is None else dataclasses.replace(placement, treatment=treatment)


def talk(bench: Bench, rtp: WirePath, payload: bytes, ticks: int) -> FloatArray:
    """Send the payload as a packet every 20 ms while the engine runs; what is heard."""
    heard = []
    for tick in range(ticks):
        if tick % 2 == 0:
            rtp.deliver(packet(int(bench.now * 50), payload), PEER, bench.now)
        heard.append(bench.run(1))
    return np.concatenate(heard)


def decoded(rtp: WirePath, packets: int) -> FloatArray:
    """The sound of the last packets that were sent, but for the decoder's rise from zero."""
    decoder = g711.PCMU.decoder()
    payloads = [RtpPacket.parse(data).payload for data, _ in rtp.sent[-packets:]]
    return np.concatenate([decoder.decode(payload) for payload in payloads])[20:]
