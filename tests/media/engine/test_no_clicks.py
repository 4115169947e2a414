"""Whatever starts, stops, waits or changes, and whenever it does: nothing clicks.

A click is a step, or a bend so sharp that it is one to the ear: it shows in the second difference
of the samples. The sounds here are deep and smooth, and theirs is a hundredth of the limit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.devices.loop import LoopInput
from media.engine.arbiter import Duck, Mix, Pause, Placement, Stop
from media.engine.commands import (
    EngineCommand,
    OpenStream,
    PlayClip,
    SetGains,
    StartStream,
    StopClip,
    StopStream,
    UpdateStream,
)
from media.engine.engine_core import EngineCore
from media.engine.events import ClipId, EngineEvent, StreamId
from media.frame import FRAME_SAMPLES, RATE_HZ, TICK_S, silence
from media.sdp.direction import Direction
from media.stream.rtp_stream import RtpStream
from tests.media.engine.engine_bench import Room
from tests.media.engine.humming import CODECS, SHARPEST, Peer, tone
from tests.media.streams import agreed
from tests.media.wire import WirePath

NAMES = ("one", "two")
PLACEMENTS = [
    Placement(priority=priority, treatment=treatment, queue=queue)
    for priority in (1, 2, 3)
    for treatment in (Duck(by_db=12.0), Pause(), Stop(), Mix())
    for queue in (False, True)
]


class Scene:
    """A loudspeaker, clips of a tone, and peers that send one."""

    def __init__(self) -> None:
        self.room = Room()
        self.events: list[EngineEvent] = []
        self.engine = EngineCore(self.room, LoopInput(), self.events.append)
        self.now = 1000.0
        self.peers: dict[str, Peer] = {}

    def do(self, command: EngineCommand) -> None:
        self.engine.carry_out(command, self.now, self.now)

    def run(self, ticks: int) -> None:
        for _ in range(ticks):
            for peer in self.peers.values():
                peer.send(self.now)
            self.engine.tick(self.now, self.now)
            self.now += TICK_S

    def start(self, name: str, placement: Placement, opened: bool) -> None:
        if name in self.peers:
            return
        path = WirePath(("192.0.2.1", 4000))
        self.peers[name] = Peer(path, ssrc=len(self.events) + 1)
        core = RtpStream(
            agreed(accepts=CODECS), ssrc=9, first_sequence=0, first_timestamp=0, cname="x"
        )
        self.do(
            StartStream(StreamId(name), path, WirePath(("", 0)), core, placement, opened=opened)
        )

    def stop(self, name: str, to_its_end: bool) -> None:
        if self.peers.pop(name, None):
            self.do(StopStream(StreamId(name), to_its_end))

    def hold(self, name: str, direction: Direction) -> None:
        self.do(UpdateStream(StreamId(name), agreed(accepts=CODECS, direction=direction)))

    def change(self, name: str, **changes: object) -> None:
        if name in self.peers:
            self.peers[name] = dataclasses.replace(self.peers[name], **changes)  # type: ignore[arg-type]

    def stall(self, ticks: int) -> None:
        for _ in range(ticks):
            for peer in self.peers.values():
                peer.send(self.now)
            self.now += TICK_S
        self.engine.skip(ticks)
        self.run(1)

    @property
    def sharpest(self) -> float:
        """The sharpest bend of all that was played, silence around it."""
        played = np.concatenate([silence(), *self.room.frames, silence()])
        return float(np.abs(np.diff(played, 2)).max())


Act = Callable[[Scene], None]

names = st.sampled_from(NAMES)
placements = st.sampled_from(PLACEMENTS)


def plays(name: str, placement: Placement, samples: int, repeat: int, gain_db: float) -> Act:
    clip = PlayClip(
        ClipId(name), tone(RATE_HZ, 0, samples), gain_db=gain_db, repeat=repeat, placement=placement
    )
    return lambda scene: scene.do(clip)


def gains(output_gain_db: float, muted: bool) -> Act:
    wanted = SetGains(output_gain_db=output_gain_db, output_muted=muted)
    return lambda scene: scene.do(wanted)


acts: st.SearchStrategy[Act] = st.one_of(
    # Whole periods, so that a repeated clip is as smooth as its sound.
    st.builds(
        plays,
        names,
        placements,
        st.integers(1, 60).map(lambda periods: periods * 320),
        st.sampled_from((0, 1, -1)),
        st.sampled_from((0.0, -6.0)),
    ),
    names.map(lambda name: lambda scene: scene.do(StopClip(ClipId(name)))),
    st.builds(
        lambda name, placement, opened: lambda scene: scene.start(name, placement, opened),
        names, placements, st.booleans(),
    ),
    names.map(lambda name: lambda scene: scene.do(OpenStream(StreamId(name)))),
    st.builds(
        lambda name, to_its_end: lambda scene: scene.stop(name, to_its_end), names, st.booleans()
    ),
    st.builds(
        lambda name, direction: lambda scene: scene.hold(name, direction),
        names, st.sampled_from(Direction),
    ),
    st.builds(
        lambda name, speaks: lambda scene: scene.change(name, speaks=speaks), names, st.booleans()
    ),
    st.builds(
        lambda name, number: lambda scene: scene.change(name, payload_type=number),
        names, st.sampled_from(sorted(CODECS)),
    ),
    st.builds(gains, st.sampled_from((0.0, -3.0, -20.0)), st.booleans()),
    st.integers(1, 8).map(lambda ticks: lambda scene: scene.stall(ticks)),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(acts, st.integers(0, 20)), min_size=2, max_size=16))
def test_nothing_clicks_whatever_happens_and_when(story: list[tuple[Act, int]]) -> None:
    scene = Scene()
    for act, ticks in story:
        act(scene)
        scene.run(ticks)
    scene.engine.stop_everything(scene.now, scene.now)
    scene.peers.clear()
    scene.run(4)
    assert scene.sharpest < SHARPEST
    assert not np.any(scene.room.frames[-1]), "something sounds on after everything was stopped"


@pytest.mark.parametrize("step", [0.2, 0.5, 0.9])
def test_what_is_looked_for_is_found(step: float) -> None:
    """The judge itself: a tone that is cut at the wrong place has a click."""
    scene = Scene()
    scene.room.frames.append(tone(RATE_HZ, 0, FRAME_SAMPLES) * np.float32(step))
    assert scene.sharpest > SHARPEST
