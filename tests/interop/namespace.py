"""A network of its own, in which a test may cut wires and be the authority on names."""

import ctypes
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.interop.peers.loopback import LOOPBACK

NEW_NETWORK = 0x40000000
"""CLONE_NEWNET of unshare(2)."""

OWN = Path("/proc/thread-self/ns/net")
TABLE = "inet test"
CABLE = "cable"

_libc = ctypes.CDLL(None, use_errno=True)


def why_impossible() -> str:
    """What is missing for a network of one's own; empty: nothing."""
    if os.geteuid() != 0:
        return "only root makes network namespaces"
    try:
        with Namespace() as namespace:
            namespace.block(1)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network namespace with a firewall: {error}"
    return ""


class Namespace:
    """The thread that enters it, and what that thread starts, see a loopback interface of their
    own and nothing else. The namespace is gone when the last program in it has ended.
    """

    def __enter__(self) -> "Namespace":
        self._outside = os.open(OWN, os.O_RDONLY)
        _check(_libc.unshare(NEW_NETWORK))
        self._run("ip", "link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        _check(_libc.setns(self._outside, NEW_NETWORK))
        os.close(self._outside)

    @contextmanager
    def left(self) -> Iterator[None]:
        """Be outside again for a while: in the namespace that it was entered from."""
        inside = os.open(OWN, os.O_RDONLY)
        _check(_libc.setns(self._outside, NEW_NETWORK))
        try:
            yield
        finally:
            _check(_libc.setns(inside, NEW_NETWORK))
            os.close(inside)

    def connect(self, neighbour: int, ours: str, theirs: str) -> None:
        """Lay a cable to the namespace of the process `neighbour`, with an address at each end.

        The addresses are in the same network of 24 bits. Our end is called `cable`.
        """
        self._run(
            "ip", "link", "add", CABLE, "type", "veth", "peer", "far", "netns", f"{neighbour}"
        )
        self.add_address(ours)
        self._run("ip", "link", "set", CABLE, "up")
        there = ("nsenter", "--net", "--target", f"{neighbour}", "ip")
        self._run(*there, "address", "add", f"{theirs}/24", "dev", "far")
        self._run(*there, "link", "set", "far", "up")

    def add_address(self, address: str) -> None:
        """Give our end of the cable an address."""
        self._run("ip", "address", "add", f"{address}/24", "dev", CABLE)

    def remove_address(self, address: str) -> None:
        """Take an address away from our end of the cable, and all that were added after it."""
        self._run("ip", "address", "delete", f"{address}/24", "dev", CABLE)

    def block(self, *ports: int, address: str = LOOPBACK) -> None:
        """Lose whatever goes to these ports or comes from them, and tell nobody."""
        for port in ports:
            self._drop(f"ip daddr {address} meta l4proto {{ tcp, udp }} th dport {port}")
            self._drop(f"ip saddr {address} meta l4proto {{ tcp, udp }} th sport {port}")

    def cut(self, client_port: int, server_port: int) -> None:
        """Lose what goes over one connection; others to the same server live."""
        self._drop(f"tcp sport {client_port} tcp dport {server_port}")
        self._drop(f"tcp sport {server_port} tcp dport {client_port}")

    def unblock(self) -> None:
        """Lose nothing from now on."""
        self._run("nft", "flush", "ruleset")

    def _drop(self, packets: str) -> None:
        self._run("nft", f"add table {TABLE}")
        self._run("nft", f"add chain {TABLE} input {{ type filter hook input priority 0; }}")
        self._run("nft", f"add rule {TABLE} input {packets} drop")

    def _run(self, *command: str) -> None:
        subprocess.run(command, check=True, capture_output=True)


def with_name_server(command: Sequence[str], resolver: Path) -> list[str]:
    """The command, for which the file `resolver` stands in the place of /etc/resolv.conf."""
    mounted = f'mount --bind {resolver} /etc/resolv.conf && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", mounted, "sh", *command]


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
