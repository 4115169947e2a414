"""Keys that we send, in the units and at the pace of what was agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dtmf.telephone_event import TelephoneEvent
from media.engine.commands import SendNamedEvent
from media.sdp.negotiation import Capabilities
from speaker.calls.call_media import CallMedia, MediaPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from media.engine.commands import EngineCommand
    from nat.datagram_path import Datagram


class Quiet:
    """A path by which nothing goes."""

    port = 4000

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        """Nothing."""

    def receive(self) -> Sequence[Datagram]:
        return ()

    def close(self) -> None:
        """Nothing."""


class Commands:
    """Takes down what the engine is told."""

    def __init__(self) -> None:
        self.told: list[EngineCommand] = []

    def submit(self, command: EngineCommand) -> None:
        self.told.append(command)


def talking(codec: str, *lines: str) -> tuple[CallMedia, Commands]:
    engine = Commands()
    capabilities = Capabilities(codecs=(codec,))
    plan = MediaPlan(capabilities=capabilities, address="192.0.2.1", cname="x", silence_limit_s=0.0)
    media = CallMedia(plan, (Quiet(), Quiet()), engine)
    head = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
    media.answer((head + "".join(f"{line}\r\n" for line in lines)).encode())
    media.open()
    return media, engine


@pytest.mark.parametrize(
    ("codec", "rtpmap", "rate_hz", "ptime_ms"),
    [
        ("PCMU", "0 PCMU/8000", 8000, 20),
        ("opus", "0 opus/48000/2", 48000, 40),
        ("opus", "0 opus/48000/2", 8000, 20),  # of a peer that has no others
    ],
)
def test_a_key_lasts_in_units_of_the_agreed_clock_and_fills_packets_of_its_length(
    codec: str, rtpmap: str, rate_hz: int, ptime_ms: int
) -> None:
    """RFC 4733 §2.1 and §2.5.1.1."""
    media, engine = talking(
        codec,
        "m=audio 4000 RTP/AVP 0 101",
        f"a=rtpmap:{rtpmap}",
        f"a=rtpmap:101 telephone-event/{rate_hz}",
        f"a=ptime:{ptime_ms}",
    )
    assert media.send_key("5", 160)
    command = engine.told[-1]
    assert isinstance(command, SendNamedEvent)
    durations = [TelephoneEvent.parse(payload).duration for payload in command.payloads]
    step = ptime_ms * rate_hz // 1000
    whole = 160 * rate_hz // 1000
    assert durations == [*range(step, whole, step), whole, whole, whole]


def test_without_telephone_events_no_key_is_sent() -> None:
    media, engine = talking("PCMU", "m=audio 4000 RTP/AVP 0")
    before = len(engine.told)
    assert not media.send_key("5", 160)
    assert len(engine.told) == before
