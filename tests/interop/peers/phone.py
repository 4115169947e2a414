"""The project's own phone (PJSIP) as a peer."""

import json
import signal
import sys
from pathlib import Path

from tests.interop.peers.pbx_account import PbxAccount
from tests.interop.peers.program import Program
from tools.phone.outcome import Outcome

ROOT = Path(__file__).parents[3]
START_LIMIT_S = 30.0
CALL_LIMIT_S = 30.0


class Phone(Program):
    """A running `python -m tools.phone`."""

    def __init__(self, *arguments: str | Path) -> None:
        words = [str(argument) for argument in arguments]
        super().__init__([sys.executable, "-m", "tools.phone", *words], folder=ROOT)

    @property
    def uri(self) -> str:
        """Where a listening phone can be called."""
        return self.err.wait_for(r"^listening at (sip:\S+)$", START_LIMIT_S)[1]

    def wait_until_answered(self, timeout_s: float = START_LIMIT_S) -> None:
        """Return as soon as the call is up."""
        self.err.wait_for(r"^answered after", timeout_s)

    def wait_until_ringing(self, timeout_s: float = START_LIMIT_S) -> int:
        """Return as soon as a 180 or 183 has come; the code."""
        return int(self.err.wait_for(r"^ringing \((\d+)\)$", timeout_s)[1])

    def hang_up(self) -> None:
        """Hang up, or cancel, as Control-C does."""
        self.signal(signal.SIGINT)

    def outcome(self, timeout_s: float = CALL_LIMIT_S) -> Outcome:
        """Wait for the end of the call; its figures, checked against the exit code."""
        code = self.wait(timeout_s)
        outcome = Outcome(**json.loads(self.out.text))
        assert code == outcome.exit_code, f"exit code {code} with {outcome}"
        return outcome


def at_pbx(account: PbxAccount) -> tuple[str, ...]:
    """Options of a phone that registers at a PBX."""
    return (
        *("--register", f"sip:{account.server}", "--transport", account.transport),
        *("--user", account.user, "--password", account.password),
    )


def call(uri: str, *options: str | Path) -> Phone:
    """A phone that calls `uri`."""
    return Phone("call", uri, *options)


def listen(*options: str | Path) -> Phone:
    """A phone that waits for one call on the loopback interface."""
    return Phone("listen", "--bind", "127.0.0.1", *options)
