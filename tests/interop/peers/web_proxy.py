"""proxy.py as the proxy of a site: passes HTTP on and tunnels HTTPS for who has the password."""

import sys
import time
from pathlib import Path

from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.program import PeerFailure, Program

START_LIMIT_S = 20.0


class WebProxy:
    """A running proxy on a free port."""

    def __init__(self, folder: Path, *, login: str) -> None:
        """`login` is `name:password`."""
        folder.mkdir()
        ports = folder / "port"
        command = [
            str(Path(sys.executable).with_name("proxy")),
            *("--hostname", LOOPBACK, "--port", "0", "--port-file", str(ports)),
            *("--num-workers", "1", "--num-acceptors", "1", "--basic-auth", login),
            *("--data-dir", str(folder / "data")),
        ]
        self.program = Program(command, folder=folder, hurries=False, leads=True)
        try:
            self.port = self._port_in(ports)
        except BaseException:
            self.program.end()
            raise

    def _port_in(self, file: Path) -> int:
        """It writes its port down once it listens."""
        end = time.monotonic() + START_LIMIT_S
        while time.monotonic() < end and self.program.running:
            if file.exists() and (found := file.read_text().split()):
                return int(found[0])
            time.sleep(0.05)
        raise PeerFailure(f"proxy.py did not start:\n{self.program.err.text}")

    def __enter__(self) -> "WebProxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.program.end()
