"""sipp as the judge of many calls: how many of them went by the book, at a given rate."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.bench.child import Child
from tools.bench.device import Device
from tools.bench.errors import CannotDo, Unreadable

ENDS_WITHIN_S = 60.0
HOLD_MS = 100
"""How long sipp leaves each call up."""

SCENARIO = f"""\
<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="Call, talk briefly, hang up">
  <send retrans="500" start_rtd="1"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]-[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:sipp@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>
  <recv response="100" optional="true"></recv>
  <recv response="180" optional="true"></recv>
  <recv response="183" optional="true"></recv>
  <recv response="200" rtd="1" rrs="true"></recv>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <pause milliseconds="{HOLD_MS}"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200"></recv>
</scenario>
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What sipp counted."""

    succeeded: int
    failed: int
    retransmissions: int
    mean_answer_ms: float
    """INVITE to 200, by a clock of whole milliseconds."""


def read_statistics(text: str) -> Verdict:
    """Read the last row of sipp's statistics file; "(C)" are its figures since the start.

    Raises:
        Unreadable: there is no row, or a column is missing.
    """
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    if not rows:
        raise Unreadable("sipp wrote no statistics")
    last = rows[-1]
    try:
        return Verdict(
            int(last["SuccessfulCall(C)"]),
            int(last["FailedCall(C)"]),
            int(last["Retransmissions(C)"]),
            _milliseconds(last["ResponseTime1(C)"]),
        )
    except (KeyError, ValueError) as error:
        raise Unreadable(f"sipp's statistics: {error}") from error


def _milliseconds(clock: str) -> float:
    """`HH:MM:SS:µµµµµµ` in milliseconds."""
    hours, minutes, seconds, micros = clock.split(":")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1e3 + int(micros) / 1e3


def judge(device: Device, folder: Path, *, calls: int, per_second: int) -> Verdict:
    """Let sipp make `calls` calls to the device, `per_second` of them each second.

    Raises:
        CannotDo: sipp is not installed.
        ChildFailed: it did not come to an end.
        Unreadable: it ended without a result.
    """
    program = shutil.which("sipp")
    if program is None:
        raise CannotDo("sipp is not installed")
    folder.mkdir()
    scenario, statistics = folder / "scenario.xml", folder / "statistics.csv"
    scenario.write_text(SCENARIO)
    user = device.uri().removeprefix("sip:").partition("@")[0]
    child = Child(
        [
            *(program, "-sf", str(scenario), "-s", user, "-i", device.sip.host, "-nostdin"),
            *("-m", str(calls), "-r", str(per_second), "-l", str(calls), "-timeout", "30s"),
            *("-trace_stat", "-stf", str(statistics), "-fd", "1"),
            *("-trace_err", "-error_file", str(folder / "unexpected.log")),
            f"{device.sip.host}:{device.sip.port}",
        ],
        folder,
        {"TERM": "dumb"},
    )
    child.wait(ENDS_WITHIN_S)
    if not statistics.exists():
        raise Unreadable(f"sipp wrote no statistics: {child.last_words()}")
    return read_statistics(statistics.read_text())
