"""Pages by multicast, sent by ffmpeg."""

import socket
import subprocess
from pathlib import Path

from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.speaker import Speaker
from tests.interop.speech import Sentence

GROUP = "239.255.77.1"
PAGE_ENDS_S = 1.5


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
        page(callers_words, tmp_path, port)
        assert is_active(speaker)
        let_talk(PAGE_ENDS_S)
        assert not is_active(speaker)
        page(announcement, tmp_path, port)
        let_talk(PAGE_ENDS_S)
        heard = speaker.played()
    assert find_speech(callers_words.sound, heard).faithful
    assert find_speech(announcement.sound, heard).faithful
