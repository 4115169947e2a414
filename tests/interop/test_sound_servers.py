"""`system` against real sound servers: what is played and recorded, found again by content."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from media.clips import tones
from media.codecs import g711
from media.devices.portaudio import card_is_there
from media.engine.commands import PlayClip, StartStream
from media.engine.events import (
    ClipFinished,
    ClipId,
    DeviceBack,
    DeviceLost,
    StreamId,
)
from media.rtp.packet import RtpPacket
from tests.interop.comparison import Match, find_speech
from tests.interop.passing_time import let_talk
from tests.interop.pipewire_server import PipeWireServer
from tests.interop.played import Played
from tests.interop.pulse_server import RATE_HZ, PulseServer, need, read_recording
from tests.interop.sound_file import Sound
from tests.interop.speech import Sentence
from tests.media.streams import stream
from tests.media.wire import WirePath

SINK_START_S = 4.0
"""A null sink computes two seconds in advance while nobody listens, and then stands still."""

OUTPUT_DELAY_S = 0.5

MOST_DELAY_MS = 400
"""Between the engine and the room; an echo canceller looks no further back."""

PACKETS_PER_S = 50

TRIES = 3
"""The server has no real-time priority and may stumble itself on a busy machine: it is asked to
bring the sentence through once."""


pytestmark = pytest.mark.hears

on_each_server = pytest.mark.parametrize("server", [PulseServer, PipeWireServer], indirect=True)


Start = Callable[[str, str], Played]


@pytest.fixture
def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PulseServer]:
    kind: type[PulseServer] = getattr(request, "param", PulseServer)
    need(kind.needed)
    server = kind(tmp_path, monkeypatch)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def start(server: PulseServer) -> Iterator[Start]:
    """Starts engines while the server runs, and stops them before it ends."""
    started: list[Played] = []

    def start_one(output: str, input_: str) -> Played:
        started.append(Played(output, input_))
        return started[-1]

    yield start_one
    for played in started:
        played.engine.stop()


def play_until_heard(
    server: PulseServer, played: Played, sentence: Sentence, recorded: Path
) -> Match:
    """How the sentence was heard in the room, the first faithful time or the last."""
    for _ in range(TRIES):
        with server.recording(recorded):
            let_talk(SINK_START_S)
            played.play(sentence)
            let_talk(OUTPUT_DELAY_S)
        match = find_speech(sentence.sound, read_recording(recorded))
        if match.faithful:
            break
    return match


@on_each_server
def test_what_is_played_is_heard_in_the_room_and_is_on_both_channels_of_the_card(
    server: PulseServer, start: Start, tmp_path: Path, announcement: Sentence
) -> None:
    assert card_is_there()
    played = start("system:tape", "null")
    match = play_until_heard(server, played, announcement, tmp_path / "room.raw")
    assert match.faithful, (match, played.engine.figures())
    assert 30 < played.engine.figures().output_delay_ms < MOST_DELAY_MS
    written = server.tape.read_bytes()
    left, right = np.frombuffer(written[: len(written) // 8 * 8], dtype=np.float32).reshape(-1, 2).T
    assert np.array_equal(left, right)
    on_tape = Sound(left.astype(np.float64), RATE_HZ)
    assert find_speech(announcement.sound, on_tape).faithful


@on_each_server
def test_the_end_of_what_is_played_is_heard_although_the_engine_stops_at_once(
    server: PulseServer, start: Start, tmp_path: Path
) -> None:
    recorded = tmp_path / "room.raw"
    played = start("system", "null")
    tone = tones.cadence((1000.0,), on_s=0.5, off_s=0.0, level_db=-6.0)
    with server.recording(recorded):
        let_talk(SINK_START_S)
        played.engine.submit(PlayClip(ClipId("tone"), tone))
        played.wait_for(ClipFinished)
        played.engine.stop()
        let_talk(OUTPUT_DELAY_S)
    loud = np.flatnonzero(np.abs(read_recording(recorded).samples) > 0.01)
    assert (loud[-1] - loud[0]) / RATE_HZ == pytest.approx(0.5, abs=0.005)


@on_each_server
def test_what_is_spoken_into_the_microphone_is_sent(
    server: PulseServer, start: Start, room_words: Sentence
) -> None:
    rtp, rtcp = WirePath(("192.0.2.1", 4000)), WirePath(("192.0.2.1", 4001))
    played = start("null", "system")
    played.engine.submit(StartStream(StreamId("call"), rtp, rtcp, stream()))
    let_talk(SINK_START_S)
    for _ in range(TRIES):
        before = len(rtp.sent)
        server.speak(room_words.path)
        let_talk(OUTPUT_DELAY_S)
        match = find_speech(room_words.sound, decoded(rtp, since=before))
        if match.faithful:
            break
    assert match.faithful, (match, played.engine.figures())
    assert 5 < played.engine.figures().input_delay_ms < MOST_DELAY_MS


def decoded(rtp: WirePath, *, since: int) -> Sound:
    """The sound of the packets that were sent after the first `since`."""
    decoder = g711.PCMU.decoder()
    payloads = [RtpPacket.parse(data).payload for data, _ in rtp.sent[since:]]
    sent = np.concatenate([decoder.decode(payload) for payload in payloads])
    return Sound(sent.astype(np.float64), 8000)


@on_each_server
def test_a_server_that_comes_late_or_dies_is_told_of_and_taken_when_it_is_there(
    server: PulseServer, start: Start, tmp_path: Path, announcement: Sentence
) -> None:
    server.stop()
    played = start("system", "system")  # as after a power cut: the engine is there first
    see_it_come(server, played)
    rtp, rtcp = WirePath(("192.0.2.1", 4000)), WirePath(("192.0.2.1", 4001))
    played.engine.submit(StartStream(StreamId("call"), rtp, rtcp, stream()))
    let_talk(SINK_START_S)
    server.stop()
    sent = len(rtp.sent)
    see_it_come(server, played)
    assert len(rtp.sent) > sent + PACKETS_PER_S  # the call went on in silence
    match = play_until_heard(server, played, announcement, tmp_path / "room.raw")
    assert match.faithful, (match, played.engine.figures())


@on_each_server
def test_a_card_that_goes_and_comes_back_is_played_on_while_the_server_stays(
    server: PulseServer, start: Start, tmp_path: Path, announcement: Sentence
) -> None:
    """Both servers move what plays to a card that they have left, and back."""
    played = start("system", "null")
    played.play(announcement)
    server.unplug()
    played.play(announcement)
    server.plug_in()
    match = play_until_heard(server, played, announcement, tmp_path / "room.raw")
    assert match.faithful, (match, played.engine.figures())


def see_it_come(server: PulseServer, played: Played) -> None:
    """Start a server that was told to be missing; loudspeaker and microphone are back then."""
    for _ in ("output", "input"):
        played.wait_for(DeviceLost)
    server.start()
    for _ in ("output", "input"):
        played.wait_for(DeviceBack)


def test_a_card_that_is_not_there_is_named_beside_those_that_are(start: Start) -> None:
    played = start("system:Nonesuch", "null")
    lost = played.wait_for(DeviceLost)
    assert isinstance(lost, DeviceLost)
    assert re.match(r"output system:Nonesuch: no card has .*there are: .*pulse", lost.reason)


@on_each_server
@pytest.mark.usefixtures("server")
def test_the_cards_are_listed_by_the_names_that_are_taken() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "speaker.main", "devices"], capture_output=True, text=True
    )
    names = [line.split()[0] for line in listed.stdout.splitlines() if " Hz" in line]
    assert sorted(names) == ["default", "pulse", "tape"], listed
