"""Pages by multicast, sent by ffmpeg."""

import socket
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from media.rtp import RtpPacket
from nat.multicast import open_multicast_path
from nat.udp_path import UdpPath
from tests.interop.comparison import Match, find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.speaker import Speaker
from tests.interop.speech import Sentence

GROUP = "239.255.77.1"
PAGE_ENDS_S = 1.5
RATE_HZ = 8000

EVEN_S = 0.025
"""ffmpeg on a machine at rest mostly keeps within 20 ms; a jitter buffer bears as much as this."""

TRIES = 5
"""ffmpeg paces itself by sleeping, and oversleeps where others use the processor."""


def page_evenly(words: Sentence, folder: Path, port: int) -> None:
    """Page until ffmpeg has kept its own pace, as a witness beside the speaker sees it.

    After `TRIES` pages it has to do as it came.

    Speech that comes unevenly is played with pauses in it, and tells nothing about the speaker.
    """
    for _ in range(TRIES):
        with closing(open_multicast_path(GROUP, port, interface=LOOPBACK)) as witness:
            page(words, folder, port)
            if spread_of_lateness_s(witness) < EVEN_S:
                return
        let_talk(PAGE_ENDS_S)


def spread_of_lateness_s(witness: UdpPath) -> float:
    """How much later than the earliest packet the latest one came, each by its time stamp."""
    lateness = []
    while waiting := witness.receive():
        for datagram in waiting:
            packet = RtpPacket.parse(datagram.data)
            lateness.append(datagram.arrived - packet.timestamp / RATE_HZ)
    return max(lateness) - min(lateness)


def page(words: Sentence, folder: Path, port: int) -> None:
    """Let ffmpeg read a sentence to the group, in real time."""
    ffmpeg = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"]
    fine = folder / "fine.wav"
    subprocess.run([*ffmpeg, "-i", str(words.path), "-ar", "48000", str(fine)], check=True)
    # It reads 1024 bytes at a time, as little as it can: 10 ms at this rate, where the 4096 that it
    # takes unasked of a file at 8 kHz would be a burst every quarter of a second.
    source = ["-re", "-max_size", "1024", "-i", str(fine)]
    encoding = ["-acodec", "pcm_mulaw", "-ar", "8000", "-ac", "1"]
    where = f"rtp://{GROUP}:{port}?localaddr={LOOPBACK}&ttl=0&pkt_size=172"
    limit_s = words.sound.duration_s + 10.0
    command = [*ffmpeg, *source, *encoding, "-f", "rtp", where]
    subprocess.run(command, check=True, timeout=limit_s, stdout=subprocess.DEVNULL)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def paged(port: int) -> str:
    return (
        "[multicast]\nenabled = true\ncodec = 'PCMU'\n"
        f"[[multicast.sources]]\nlabel = 'gate'\naddress = '{GROUP}'\nport = {port}\npriority = 7\n"
    )


def is_active(speaker: Speaker) -> bool:
    conditions = {each["name"]: each["value"] for each in speaker.state()["conditions"]}
    return bool(conditions["multicast.active"])


def test_two_pages_of_one_source_are_heard_whole(
    tmp_path: Path, callers_words: Sentence, announcement: Sentence
) -> None:
    port = free_port()
    with Speaker(tmp_path / "speaker", config=paged(port)) as speaker:
        page_evenly(callers_words, tmp_path, port)
        assert is_active(speaker)
        let_talk(PAGE_ENDS_S)
        assert not is_active(speaker)
        page_evenly(announcement, tmp_path, port)
        let_talk(PAGE_ENDS_S)
        heard = speaker.played()
    assert is_heard_whole(find_speech(callers_words.sound, heard))
    assert is_heard_whole(find_speech(announcement.sound, heard))


def is_heard_whole(match: Match) -> bool:
    """Whether the sentence was played, nothing of it missing, nothing too loud or too soft.

    ffmpeg's pace varies by more than the 10 ms that a page waits before it sounds, so the jitter
    buffer rightly makes room inside words: the parts are all there (their levels tell), and not
    all in step. Another sentence correlates below 0.2.
    """
    in_step_enough = match.correlation > 0.5
    return in_step_enough and abs(match.level_difference_db) < 1.0


def test_another_sentence_and_one_with_a_hole_are_not_heard_whole(
    callers_words: Sentence, announcement: Sentence
) -> None:
    """What the judgement of pages still refuses."""
    assert not is_heard_whole(find_speech(callers_words.sound, announcement.sound))
    samples = callers_words.sound.samples.copy()
    middle = samples.size // 2
    samples[middle : middle + RATE_HZ // 2] = 0.0
    holed = replace(callers_words.sound, samples=samples)
    assert is_heard_whole(find_speech(callers_words.sound, callers_words.sound))
    assert not is_heard_whole(find_speech(callers_words.sound, holed))
