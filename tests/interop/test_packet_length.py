"""Packets of other lengths than 20 ms (RFC 8866 §6.4: `ptime`, `maxptime`), with those that have
them: baresip and Linphone by their settings, sipp's words with ffmpeg's ears. PJSIP names none.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.interop.baresip_talk import talk_with_baresip
from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.ports import free_port
from tests.interop.peers.sipp import Sipp
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import read_sound
from tests.interop.speech import Sentence

COUNT_SHARE = 0.1
"""By which packets may be fewer or more than a call has room for: it begins and ends somewhere."""

OURS_MS = 20
LINPHONES_MS = 40


def packet_lengths_ms(report: dict[str, Any]) -> tuple[float, float]:
    """How much sound a packet held that the speaker sent, and one that it received, on average."""
    packets = report["packets"]
    lasted_ms = 1e3 * report["lasted_s"]
    return lasted_ms / packets["packets_sent"], lasted_ms / packets["packets_received"]


WITH_BARESIP = [
    pytest.param("PCMU", "pcmu", 8000, 10, id="G.711, 10 ms"),
    pytest.param("PCMU", "pcmu", 8000, 40, id="G.711, 40 ms"),
    pytest.param("PCMU", "pcmu", 8000, 60, id="G.711, 60 ms"),
    pytest.param("opus", "opus/48000/2", 48000, 40, id="Opus, 40 ms"),
]
"""It asks for its length when it calls, and takes that of the caller when it is called."""


@pytest.mark.usefixtures("needs_baresip")
@pytest.mark.parametrize(("codec", "name", "rate_hz", "ptime_ms"), WITH_BARESIP)
def test_baresip_calls_and_both_hear_every_word_in_packets_of_its_length(
    tmp_path: Path,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    codec: str,
    name: str,
    rate_hz: int,
    ptime_ms: int,
) -> None:
    talk = talk_with_baresip(
        tmp_path,
        callers_words,
        room_words,
        talk_s,
        codec=codec,
        name=name,
        rate_hz=rate_hz,
        ptime_ms=ptime_ms,
    )
    assert talk.report["agreed"]["codec"] == codec
    assert packet_lengths_ms(talk.report) == pytest.approx((ptime_ms, ptime_ms), rel=COUNT_SHARE)
    assert find_speech(callers_words.sound, talk.played).faithful
    assert find_speech(room_words.sound, talk.heard).faithful


@pytest.mark.usefixtures("needs_linphonec")
def test_linphone_is_called_and_gets_the_length_that_it_answers_with(
    tmp_path: Path,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    """It sends what the offer asks for: each way has a length of its own."""
    with (
        Speaker(tmp_path / "speaker", microphone=room_words.path) as speaker,
        Linphonec(tmp_path / "linphone", callers_words.path, ptime_ms=LINPHONES_MS) as linphone,
    ):
        speaker.call(linphone.uri)
        linphone.wait_until_talking()
        let_talk(talk_s)
        linphone.hang_up()
        linphone.wait_until_ended()
        speaker.wait_for_calls()
        report = speaker.only_report()
        played = speaker.played()
        heard = linphone.heard()
    assert packet_lengths_ms(report) == pytest.approx((LINPHONES_MS, OURS_MS), rel=COUNT_SHARE)
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, heard).faithful


SDP = """v=0
o=- 1 1 IN IP4 {address}
s=-
c=IN IP4 {address}
t=0 0
m=audio {port} RTP/AVP 0
"""


@contextmanager
def ffmpeg_hears(folder: Path, port: int) -> Iterator[Path]:
    """A recording by ffmpeg of the G.711 that comes to `port`; complete once the context ends."""
    description, recording = folder / "sound.sdp", folder / "heard.wav"
    description.write_text(SDP.format(address=LOOPBACK, port=port))
    command = ["ffmpeg", "-loglevel", "error", "-protocol_whitelist", "file,udp,rtp"]
    with subprocess.Popen(
        [*command, "-i", str(description), "-y", str(recording)], stdin=subprocess.PIPE
    ) as ffmpeg:
        yield recording
        ffmpeg.communicate(b"q")


@pytest.mark.usefixtures("needs_sipp")
def test_no_packet_is_longer_than_the_peer_takes(
    tmp_path: Path, room_words: Sentence, talk_s: float
) -> None:
    """`maxptime` before `ptime`."""
    port = free_port()
    with (
        Speaker(tmp_path / "speaker", microphone=room_words.path) as speaker,
        ffmpeg_hears(tmp_path, port) as recording,
        Sipp(
            tmp_path / "sipp",
            "call_with_longest_packet.xml",
            target=speaker.uri,
            talk_ms=round(1e3 * talk_s),
            rtp_port=str(port),
        ) as sipp,
    ):
        sipp.succeed()
        speaker.wait_for_calls()
        packets = speaker.only_report()["packets"]
    assert packets["octets_sent"] / packets["packets_sent"] == 8 * 40
    assert find_speech(room_words.sound, read_sound(recording)).faithful
