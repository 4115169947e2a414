"""What the speaker records of its traffic, as the programs of the field read it."""

import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.interop.peers import phone
from tests.interop.peers.speaker import Speaker

RECORDING_S = 4
TALK_S = "1"
ENCRYPTED = """
[[sip.accounts]]
id = "safe"
default = true
media_encryption = "best_effort"
"""


@pytest.fixture(scope="module")
def recorded_speaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Speaker]:
    """A speaker that encrypts where the phone can."""
    folder = tmp_path_factory.mktemp("recorded") / "speaker"
    with Speaker(folder, config=ENCRYPTED) as speaker:
        yield speaker


@pytest.fixture(scope="module", autouse=True)
def _needs_tshark() -> None:
    if shutil.which("tshark") is None:
        pytest.fail("tshark is not installed")


def record(speaker: Speaker, file: Path, *, mask: str) -> Future[None]:
    """Record the next seconds into `file`; returns once the recording has begun."""
    address = f"/axis-cgi/debug/debug.tgz?cmd=pcapdump&duration={RECORDING_S}&mask={mask}"
    answer = speaker.open(address)
    begun = answer.read(24)

    def read_on() -> None:
        with answer:
            file.write_bytes(begun + answer.read())

    return ThreadPoolExecutor(1).submit(read_on)


def tshark(file: Path, *options: str, sip_port: int) -> str:
    """What tshark says of a file. Ports are any free ones, and some are known for other things."""
    is_sip = (part for each in ("udp", "tcp") for part in ("-d", f"{each}.port=={sip_port},sip"))
    command = ["tshark", "-n", "-r", str(file), *is_sip, *options]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("transport", "mask"), [("udp", "yes"), ("tcp", "no"), ("tls", "yes")])
def test_a_call_is_there_from_its_first_message_to_its_last(
    tmp_path: Path, recorded_speaker: Speaker, transport: str, mask: str
) -> None:
    file = tmp_path / "call.pcap"
    recording = record(recorded_speaker, file, mask=mask)
    target = recorded_speaker.uri_by(transport)
    shown = partial(tshark, file, sip_port=int(target.partition(";")[0].rpartition(":")[2]))
    options = ("--transport", transport, "--srtp", "optional", "--duration", TALK_S)
    with phone.call(target, *options) as caller:
        assert caller.outcome().result == "completed"
    recording.result(timeout=RECORDING_S + 10)
    fields = ("-Y", "sip", "-T", "fields", "-e", "sip.Method", "-e", "sip.Status-Code")
    said = shown(*fields).split()
    assert [word for word in said if word in ("INVITE", "ACK", "BYE")] == ["INVITE", "ACK", "BYE"]
    assert said.count("200") == 2
    crypto = shown("-Y", "sdp", "-T", "fields", "-e", "sdp.media_attr")
    assert "crypto:" in crypto
    assert ("inline:" in crypto) is (mask == "no")
    assert "Malformed Packet" not in shown("-Y", "sip")
    rtp = shown("-Y", "rtp", "-T", "fields", "-e", "udp.srcport").split()
    assert len(rtp) >= 2 * 40
    assert len(set(rtp)) == 2
    wrong = "ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0"
    checks = [f"{each}.check_checksum:TRUE" for each in ("ip", "udp", "tcp")]
    assert shown(*(part for each in checks for part in ("-o", each)), "-Y", wrong) == ""


def test_tcpdump_reads_it_too(tmp_path: Path, recorded_speaker: Speaker) -> None:
    file = tmp_path / "call.pcap"
    recording = record(recorded_speaker, file, mask="yes")
    with phone.call(recorded_speaker.uri, "--duration", TALK_S) as caller:
        assert caller.outcome().result == "completed"
    recording.result(timeout=RECORDING_S + 10)
    command = ["tcpdump", "-n", "-vv", "-r", str(file)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.count("udp sum ok") >= 2 * 40
    assert "bad" not in told
