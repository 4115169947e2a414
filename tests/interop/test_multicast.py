"""Pages by multicast, sent by ffmpeg, and what a stranger sends to the same group."""

import contextlib
import random
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.speaker import Speaker
from tests.interop.speech import Sentence

GROUP = "239.255.77.1"
PAGE_ENDS_S = 1.5
START_LIMIT_S = 10.0
STRANGERS_GAP_S = 0.01


@contextlib.contextmanager
def paging(words: Sentence, folder: Path, port: int) -> Iterator[None]:
    """Let ffmpeg read a sentence to the group meanwhile, in real time, to its end."""
    ffmpeg = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"]
    fine = folder / "fine.wav"
    subprocess.run([*ffmpeg, "-i", str(words.path), "-ar", "48000", str(fine)], check=True)
    # It reads 1024 bytes at a time, as little as it can: 10 ms at this rate, where the 4096 that it
    # takes unasked of a file at 8 kHz would be a burst every quarter of a second.
    source = ["-re", "-max_size", "1024", "-i", str(fine)]
    encoding = ["-acodec", "pcm_mulaw", "-ar", "8000", "-ac", "1"]
    where = f"rtp://{GROUP}:{port}?localaddr={LOOPBACK}&ttl=0&pkt_size=172"
    command = [*ffmpeg, *source, *encoding, "-f", "rtp", where]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as sending:
        try:
            yield
            assert sending.wait(words.sound.duration_s + 10.0) == 0
        finally:
            sending.kill()


def page(words: Sentence, folder: Path, port: int) -> None:
    """Let ffmpeg read a sentence to the group, in real time."""
    with paging(words, folder, port):
        pass


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


def junk(source: random.Random) -> bytes:
    """No sound of the page's codec: octets of chance, another version, type or length, a report."""
    noise = source.randbytes(160)
    return source.choice(
        [
            b"",
            b"M-SEARCH * HTTP/1.1\r\n\r\n",
            bytes(12) + noise,
            bytes.fromhex("8008") + bytes(10) + noise,
            bytes.fromhex("8000") + bytes(10),
            bytes.fromhex("9000") + bytes(10) + noise,
            bytes.fromhex("80c9000100000007" + "81cb000100000007"),
        ]
    )


def noise_of_another(number: int, source: random.Random) -> bytes:
    """Loud sound of the page's codec, from an SSRC of its own."""
    header = bytes.fromhex("8000") + number.to_bytes(2) + (160 * number).to_bytes(4) + b"NOPE"
    return header + source.randbytes(160)


@contextlib.contextmanager
def stranger(port: int, *, speaks: bool) -> Iterator[None]:
    """Sends to the group what is no page, meanwhile, and noise that would be one."""
    over = threading.Event()

    def send() -> None:
        source, number = random.Random(1), 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
            while not over.wait(STRANGERS_GAP_S):
                sender.sendto(junk(source), (GROUP, port))
                if speaks:
                    sender.sendto(noise_of_another(number, source), (GROUP, port))
                    number += 1

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_stranger_neither_begins_a_page_nor_enters_one_nor_keeps_it_alive(
    tmp_path: Path, callers_words: Sentence
) -> None:
    port = free_port()
    with Speaker(tmp_path / "speaker", config=paged(port)) as speaker:
        with stranger(port, speaks=False):
            let_talk(PAGE_ENDS_S)
            assert not is_active(speaker)
            with paging(callers_words, tmp_path, port):
                speaker.program.err.wait_for("page begins", START_LIMIT_S)
                with stranger(port, speaks=True):
                    let_talk(callers_words.sound.duration_s - 0.5)
            let_talk(PAGE_ENDS_S)
            assert not is_active(speaker)
        assert speaker.program.err.text.count("page begins") == 1
        heard = speaker.played()
    assert find_speech(callers_words.sound, heard).faithful
