"""Why is there no sound? Calls that go wrong for real, and what `speaker calls` says of them."""

import asyncio
import socket
import sys
from pathlib import Path
from typing import Any

from media.rtp.packet import plain_packet
from media.sdp.session_description import SessionDescription
from tests.interop.peers import phone
from tests.interop.peers.phone import ROOT
from tests.interop.peers.program import Program
from tests.interop.peers.speaker import Speaker
from tests.interop.speech import Sentence
from tests.speaker.udp_phone import HOST, udp_phone

TALK_S = "2.5"
COMMAND_LIMIT_S = 15.0
PACKETS = 60
PCMU, UNKNOWN = 0, 77
BUSY = ("some-breaks", "cannot-keep-up", "late")
MUTED = bytes((0xFF,)) * 160
"""20 ms of silence in PCMU."""


def calls(data: Path, *arguments: str) -> str:
    """What `speaker calls` prints."""
    command = [sys.executable, "-m", "speaker.main", "calls", "--data", str(data), *arguments]
    with Program(command, folder=ROOT) as program:
        assert program.wait(COMMAND_LIMIT_S) == 0, program.err.text
        return program.out.text


def findings(report: dict[str, Any]) -> tuple[str, ...]:
    """What was found, but for what a busy machine does."""
    names = (each["name"] for each in report["findings"])
    return tuple(name for name in names if name not in BUSY)


async def call_and_send(speaker_port: int, payload_type: int | None) -> None:
    """A call whose sound comes from a port that its description does not name; None: no sound."""
    async with udp_phone(speaker_port) as caller:
        answer = await caller.talk()
        (audio,) = SessionDescription.parse(answer.body).media
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for number in range(PACKETS):
                if payload_type is not None:
                    packet = plain_packet(
                        payload_type, number, number * 160, 1, MUTED, marker=False
                    )
                    sender.sendto(packet, (HOST, audio.port))
                await asyncio.sleep(0.02)
        await caller.end()


async def call_in_three_ways(speaker_port: int) -> None:
    ways = (None, UNKNOWN, PCMU)
    await asyncio.gather(*(call_and_send(speaker_port, way) for way in ways))


def test_each_call_has_the_verdict_that_it_deserves(
    tmp_path: Path, room_words: Sentence, callers_words: Sentence, silence: Path
) -> None:
    folder = tmp_path / "speaker"
    loudly = ("--play", callers_words.path, "--play-loop", "--duration", TALK_S)
    muted = ("--play", silence, "--play-loop", "--duration", TALK_S)
    settings = ('sip.codecs=["PCMU"]', "sip.max_calls=6")
    with Speaker(folder, *settings, microphone=room_words.path) as speaker:
        with (
            phone.call(speaker.uri, *loudly) as well,
            phone.call(speaker.uri, *muted) as mute,
            phone.call(speaker.uri, "--codec", "G722") as strange,
        ):
            asyncio.run(call_in_three_ways(int(speaker.uri.rpartition(":")[2])))
            assert strange.outcome().code == 488
            assert well.outcome().result == mute.outcome().result == "completed"
        speaker.wait_for_calls()
        told = speaker.reports()
        found = sorted(map(findings, told))
        assert found == [
            (),
            ("no-codec",),
            ("nothing-arrives",),
            ("silent-peer",),
            ("silent-peer", "other-address"),
            ("wrong-codec",),
        ]
        table = calls(folder / "data")
        assert table.count("packets arrive but are silent") == 2
        assert "the other side has G722/8000; add G722 to `sip.codecs`" in table
        good = next(report for report in told if not findings(report))
        page = calls(folder / "data", str(good["number"]))
        assert "Verdict\n" in page
        assert "a=rtpmap" in page
