"""sipp as a peer: plays one written scenario, and says whether the other side kept to it."""

import re
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from tests.interop.peers.loopback import LOOPBACK, in_uri
from tests.interop.peers.ports import free_port, wait_until_bound
from tests.interop.peers.program import PeerFailure, Program

SCENARIOS = Path(__file__).parents[1] / "scenarios"
STEP_LIMIT_MS = 5000
"""How long sipp waits for any one message."""

RUN_LIMIT_S = 30.0

CALLS_PER_S = 100
"""How fast new calls begin, as far as those that may be at once allow."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What sipp counted."""

    successful: int
    failed: int
    retransmissions: int


def is_installed() -> bool:
    """Whether the program is there."""
    return shutil.which("sipp") is not None


class Sipp:
    """A running sipp. It ends by itself when its calls are done."""

    def __init__(
        self,
        folder: Path,
        scenario: str,
        *,
        target: str = "",
        calls: int = 1,
        at_once: int = 1,
        tcp: bool = False,
        talk_ms: int = 200,
        address: str = LOOPBACK,
        **keys: str,
    ) -> None:
        """`target` is the SIP URI that a calling scenario calls; without it sipp is called.

        `talk_ms` is the length of the scenario's `<pause/>`; `keys` are its own `[words]`.
        """
        folder.mkdir()
        port = free_port()
        self.uri = f"sip:sipp@{in_uri(address)}:{port}{';transport=tcp' if tcp else ''}"
        self._statistics = folder / "statistics.csv"
        self._errors = folder / "errors.log"
        self._messages = folder / "messages.log"
        command = ["sipp", "-sf", str(SCENARIOS / scenario)]
        if target:
            user, _, host_and_port = target.removeprefix("sip:").partition("@")
            command += [host_and_port, "-s", user]
        command += ["-i", address, "-mi", address, "-p", str(port), "-mp", str(free_port())]
        command += ["-m", str(calls), "-l", str(at_once), "-t", "t1" if tcp else "u1", "-nostdin"]
        command += ["-d", str(talk_ms), "-r", str(CALLS_PER_S)]
        command += ["-recv_timeout", str(STEP_LIMIT_MS), "-timeout", f"{RUN_LIMIT_S:.0f}s"]
        command += ["-trace_stat", "-stf", str(self._statistics)]
        command += ["-trace_err", "-error_file", str(self._errors)]
        command += ["-trace_msg", "-message_file", str(self._messages)]
        for word, text in keys.items():
            command += ["-key", word, text]
        self.program = Program(command, folder=folder)
        if not target:
            wait_until_bound(socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM, address, port)

    def __enter__(self) -> "Sipp":
        return self

    def __exit__(self, *_: object) -> None:
        self.program.end()

    def succeed(self, timeout_s: float = RUN_LIMIT_S) -> Statistics:
        """Wait for the end of the scenario; what was counted.

        Raises:
            PeerFailure: a message was missing or another one came; with sipp's own words.
        """
        code = self.program.wait(timeout_s)
        statistics = self._read_statistics()
        if code != 0 or statistics.failed or not statistics.successful:
            errors = self._errors.read_text() if self._errors.exists() else ""
            messages = self._messages.read_text() if self._messages.exists() else ""
            raise PeerFailure(f"sipp exit {code}, {statistics}:\n{errors}\n{messages}")
        return statistics

    def received(self, start: str) -> int:
        """How many messages that begin like this have come, repeated ones included."""
        arrived = re.findall(
            r"^\w+ message received.*\n\n(.*)$", self._messages.read_text(), re.MULTILINE
        )
        return sum(line.startswith(start) for line in arrived)

    def _read_statistics(self) -> Statistics:
        if not self._statistics.exists():
            raise PeerFailure(f"sipp did not start: {self.program.err.text}")
        names, *_, last = self._statistics.read_text().splitlines()
        row = dict(zip(names.split(";"), last.split(";"), strict=True))
        return Statistics(
            successful=int(row["SuccessfulCall(C)"]),
            failed=int(row["FailedCall(C)"]),
            retransmissions=int(row["Retransmissions(C)"]),
        )
