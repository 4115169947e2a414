"""Debian's dnsmasq as the name server of a namespace, or of a test on a port of its own."""

import shutil
import socket
from collections.abc import Sequence
from pathlib import Path

from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.ports import wait_until_bound
from tests.interop.peers.program import Program

PORT = 53
"""The only one that resolv.conf(5) can name."""

CONFIG = """\
no-resolv
no-hosts
no-daemon
log-queries
log-facility=-
user=
group=
pid-file=
bind-interfaces
listen-address={address}
port={port}
local-ttl={ttl_s}
local=/test/
"""


def is_installed() -> bool:
    """Whether the program is there."""
    return shutil.which("dnsmasq") is not None


class Dnsmasq:
    """A running name server for domains below `test`; on its usual port in a namespace only."""

    def __init__(
        self, folder: Path, records: Sequence[str], *, ttl_s: int = 60, port: int = PORT
    ) -> None:
        """`records` are lines of its settings file, such as `host-record=a.test,127.0.0.1`."""
        folder.mkdir()
        self.resolver = folder / "resolv.conf"
        self.resolver.write_text(f"nameserver {LOOPBACK}\noptions timeout:1 attempts:2\n")
        config = folder / "dnsmasq.conf"
        text = CONFIG.format(address=LOOPBACK, port=port, ttl_s=ttl_s)
        config.write_text(text + "\n".join(records) + "\n")
        command = ["dnsmasq", f"--conf-file={config}"]
        self.program = Program(command, folder=folder, hurries=False)
        wait_until_bound(socket.SOCK_DGRAM, LOOPBACK, port)

    def __enter__(self) -> "Dnsmasq":
        return self

    def __exit__(self, *_: object) -> None:
        self.program.end()
