"""`sip.audio_direction`, called and calling: what is agreed, and what then flows."""

from __future__ import annotations

import numpy as np
import pytest

from conf.settings import SipSettings
from media.frame import FRAME_SAMPLES
from media.sdp.agreement import AgreedStream
from media.sdp.negotiation import (
    Capabilities,
    Direction,
    Origin,
    answer_offer,
    make_offer,
    read_answer,
)
from media.stream.rtp_stream import RtpStream
from speaker.calls.media_plan import media_plan

OURS, PEERS = Origin(1, 1, "198.51.100.1"), Origin(2, 1, "192.0.2.7")
ADDRESS = ("192.0.2.7", 4000)
NOISE = np.random.default_rng(1).uniform(-0.5, 0.5, FRAME_SAMPLES).astype(np.float32)

# What is set here, what the phone wants, and whether it is sent and heard here.
TABLE = [
    ("both", Direction.SENDRECV, True, True),
    ("both", Direction.SENDONLY, False, True),
    ("both", Direction.RECVONLY, True, False),
    ("both", Direction.INACTIVE, False, False),
    ("send", Direction.SENDRECV, True, False),
    ("send", Direction.SENDONLY, False, False),
    ("send", Direction.RECVONLY, True, False),
    ("receive", Direction.SENDRECV, False, True),
    ("receive", Direction.SENDONLY, False, True),
    ("receive", Direction.RECVONLY, False, False),
]


def capabilities(setting: str) -> Capabilities:
    sip = SipSettings(audio_direction=setting)  # type: ignore[arg-type]
    return media_plan(sip, sip.default_account, "198.51.100.1").capabilities


def called(setting: str, wanted: Direction) -> tuple[AgreedStream, AgreedStream]:
    """Ours and the phone's view, when the phone calls."""
    offer = make_offer(Capabilities(direction=wanted), *ADDRESS, origin=PEERS)
    answer = answer_offer(offer, capabilities(setting), "198.51.100.1", 5000, origin=OURS)
    return answer.stream, read_answer(offer, answer.body)


def calling(setting: str, wanted: Direction) -> tuple[AgreedStream, AgreedStream]:
    """The same when we call."""
    offer = make_offer(capabilities(setting), "198.51.100.1", 5000, origin=OURS)
    answer = answer_offer(offer, Capabilities(direction=wanted), *ADDRESS, origin=PEERS)
    return read_answer(offer, answer.body), answer.stream


@pytest.mark.parametrize("role", [called, calling])
@pytest.mark.parametrize(("setting", "wanted", "sent", "heard"), TABLE)
def test_sound_goes_the_ways_that_both_sides_want(
    role: type, setting: str, wanted: Direction, sent: bool, heard: bool
) -> None:
    ours, theirs = role(setting, wanted)
    assert theirs.direction is ours.direction.reversed
    streams = [
        RtpStream(each, ssrc=n, first_sequence=0, first_timestamp=0, cname=str(n))
        for n, each in enumerate((ours, theirs))
    ]
    sounding = [False, False]
    packets = [0, 0]
    for tick in range(12):
        now = tick / 100
        for number, stream in enumerate(streams):
            for data, _ in stream.capture(NOISE, now):
                packets[number] += 1
                streams[1 - number].receive(data, ADDRESS, now)
        for number, stream in enumerate(streams):
            frame = stream.play(now)
            sounding[number] |= frame is not None and bool(np.abs(frame).max() > 0.1)
    assert packets == [6 * sent, 6 * heard]
    assert sounding == [heard, sent]


@pytest.mark.parametrize("setting", ["send", "receive"])
def test_a_phone_that_does_not_care_for_our_direction_is_not_heard_all_the_same(
    setting: str,
) -> None:
    """It sends what it was told that we do not take (RFC 3264 §6.1)."""
    ours, _ = called(setting, Direction.SENDRECV)
    stream = RtpStream(ours, ssrc=1, first_sequence=0, first_timestamp=0, cname="x")
    careless = RtpStream(
        called("both", Direction.SENDRECV)[1],
        ssrc=2,
        first_sequence=0,
        first_timestamp=0,
        cname="y",
    )
    played = []
    for tick in range(12):
        for data, _ in careless.capture(NOISE, tick / 100):
            stream.receive(data, ADDRESS, tick / 100)
        played.append(stream.play(tick / 100))
    assert any(frame is not None for frame in played) == (setting == "receive")
