"""Debian's dnsmasq as the name server of a namespace."""

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
local-ttl={ttl_s}
local=/test/
"""


def is_installed() -> bool:
    """Whether the program is there."""
    return shutil.which("dnsmasq") is not None


class Dnsmasq:
    """A running name server for domains below `test`; start it in a namespace."""

    def __init__(self, folder: Path, records: Sequence[str], *, ttl_s: int = 60) -> None:
        """`records` are lines of its settings file, such as `host-record=a.test,127.0.0.1`."""
        folder.mkdir()
        self._folder = folder
        self._ttl_s = ttl_s
        self.resolver = folder / "resolv.conf"
        self.resolver.write_text(f"nameserver {LOOPBACK}\noptions timeout:1 attempts:2\n")
        self._start(records)

    def __enter__(self) -> "Dnsmasq":
        return self

    def __exit__(self, *_: object) -> None:
        self.program.end()

    def answer_from_now_on(self, records: Sequence[str]) -> None:
        """Start again with other records."""
        self.program.end()
        self._start(records)

    def asked(self, kind: str, name: str) -> int:
        """How often a record of this kind (`SRV`, `A`) has been asked for since the last start."""
        return self.program.err.text.count(f"query[{kind}] {name} ")

    def _start(self, records: Sequence[str]) -> None:
        config = self._folder / "dnsmasq.conf"
        text = CONFIG.format(address=LOOPBACK, ttl_s=self._ttl_s)
        config.write_text(text + "\n".join(records) + "\n")
        command = ["dnsmasq", f"--conf-file={config}"]
        self.program = Program(command, folder=self._folder, hurries=False)
        wait_until_bound(socket.SOCK_DGRAM, LOOPBACK, PORT)


def server_records(domain: str, service: str, targets: Sequence[tuple[str, int, int]]) -> list[str]:
    """SRV records of `_sip._udp` and the like: host, port and priority of each target."""
    return [
        f"srv-host={service}.{domain},{host},{port},{priority},1"
        for host, port, priority in targets
    ]
