"""Whatever is set about the microphone in a call, and whenever: the peer hears no click.

Nor does it ever hear echo that the canceller has learnt to take away.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.devices.loop import LoopInput
from media.devices.ring import Ring
from media.engine.commands import (
    EngineCommand,
    PlayClip,
    SetGains,
    ShapeMicrophone,
    StartListening,
    StartStream,
    StopListening,
)
from media.engine.events import ListenerId
from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray
from media.microphone.near_end import EchoCancellation
from media.microphone.noise_suppressor import NoiseSuppression
from media.rtp.packet import RtpPacket
from media.stream.rtp_stream import RtpStream
from tests.media.echo.room_recording import far_voice
from tests.media.engine.engine_bench import CALL, CLIP, Bench
from tests.media.engine.humming import LEVEL, LINEAR, SHARPEST, Humming
from tests.media.streams import agreed
from tests.media.wire import WirePath

LISTENER = ListenerId("listener")
QUIETER = 0.05
"""Of the echo: 26 dB."""


class Call:
    """A call whose peer hears every sample of what is sent, and joins the packets."""

    def __init__(self, microphone: LoopInput) -> None:
        self.bench = Bench(microphone=microphone)
        self.path = WirePath(("192.0.2.1", 4000))
        terms = agreed(codec=LINEAR, payload_type=97, accepts={}, ptime_ms=10)
        core = RtpStream(terms, ssrc=9, first_sequence=0, first_timestamp=0, cname="x")
        self.bench.do(StartStream(CALL, self.path, WirePath(("", 0)), core))

    @property
    def heard(self) -> FloatArray:
        decoder = LINEAR.decoder()
        payloads = [RtpPacket.parse(data).payload for data, _ in self.path.sent]
        return np.concatenate([decoder.decode(payload) for payload in payloads])

    @property
    def sharpest(self) -> float:
        """The sharpest bend of all that was sent."""
        return float(np.abs(np.diff(self.heard, 2)).max())


Act = Callable[[Bench], None]


def does(command: EngineCommand) -> Act:
    return lambda bench: bench.do(command)


acts: st.SearchStrategy[Act] = st.one_of(
    st.builds(
        SetGains,
        input_gain_db=st.sampled_from((0.0, -6.0, -20.0)),
        input_muted=st.booleans(),
        input_enabled=st.booleans(),
    ),
    st.builds(
        ShapeMicrophone,
        echo_cancellation=st.sampled_from(EchoCancellation),
        noise_suppression=st.sampled_from((NoiseSuppression.OFF, NoiseSuppression.HIGH)),
        automatic_gain=st.booleans(),
    ),
    st.builds(lambda: StartListening(LISTENER, Ring(RATE_HZ))),
    st.just(StopListening(LISTENER)),
).map(does)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(acts, st.integers(0, 20)), min_size=2, max_size=12))
def test_nothing_clicks_whatever_is_set_and_when(story: list[tuple[Act, int]]) -> None:
    call = Call(Humming())
    for act, ticks in story:
        act(call.bench)
        if ticks:
            call.bench.run(ticks)
    call.bench.run(12)
    assert call.sharpest < SHARPEST


@pytest.mark.parametrize("first", [EchoCancellation.OFF, EchoCancellation.AUTO])
def test_what_is_set_back_at_once_is_heard_again(first: EchoCancellation) -> None:
    call = Call(Humming())
    call.bench.do(ShapeMicrophone(echo_cancellation=first))
    call.bench.run(20)
    call.bench.do(ShapeMicrophone(automatic_gain=True, echo_cancellation=first))
    call.bench.run(1)
    call.bench.do(ShapeMicrophone(echo_cancellation=first))
    call.bench.run(20)
    assert np.abs(call.heard[-10 * FRAME_SAMPLES :]).max() == pytest.approx(LEVEL, rel=0.05)


AUTO = EchoCancellation.AUTO


@pytest.mark.parametrize(
    "change",
    [
        SetGains(input_enabled=False),
        SetGains(input_muted=True),
        SetGains(input_gain_db=-6.0),
        ShapeMicrophone(echo_cancellation=AUTO, automatic_gain=True),
        ShapeMicrophone(echo_cancellation=AUTO, noise_suppression=NoiseSuppression.LOW),
        ShapeMicrophone(echo_cancellation=EchoCancellation.FULL_DUPLEX),
    ],
    ids=["off", "muted", "gain", "automatic gain", "noise suppression", "the same by another name"],
)
def test_no_change_lets_the_echo_through_that_is_known(change: EngineCommand) -> None:
    """The microphone hears nothing but what the loudspeaker plays."""
    call = Call(LoopInput())
    call.bench.do(ShapeMicrophone(echo_cancellation=AUTO))
    call.bench.do(PlayClip(CLIP, far_voice(4.0) * np.float32(3)))
    call.bench.run(300)
    before = len(call.path.sent)
    call.bench.do(change)
    played = call.bench.run(90)
    left = np.abs(call.heard[before * FRAME_SAMPLES :]).max()
    assert left < QUIETER * np.abs(played).max()
