"""Datagram paths that meet in memory."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from nat.datagram_path import Datagram

Place = tuple[str, int]


Way = Callable[[bytes, Place, Place], Iterable[tuple[float, bytes]]]
"""What arrives of a datagram from one place to another: after how many seconds, and what."""


def at_once(data: bytes, source: Place, to: Place) -> Iterable[tuple[float, bytes]]:
    """Whole and without delay."""
    return [(0.0, data)]


class MemoryNetwork:
    """Carries datagrams between its paths, at once and without loss unless a test has it else."""

    def __init__(self) -> None:
        self.now = 0.0
        self.way: Way = at_once
        self._paths: dict[Place, MemoryPath] = {}

    def open_pair(self, host: str, port: int) -> tuple["MemoryPath", "MemoryPath"]:
        """The paths for RTP and RTCP at `host`."""
        return MemoryPath(self, (host, port)), MemoryPath(self, (host, port + 1))

    @property
    def open_ports(self) -> list[Place]:
        return sorted(self._paths)

    def join(self, place: Place, path: "MemoryPath") -> None:
        assert place not in self._paths
        self._paths[place] = path

    def at(self, place: Place) -> "MemoryPath":
        """The path that is open there."""
        return self._paths[place]

    def leave(self, place: Place) -> None:
        self._paths.pop(place, None)

    def carry(self, data: bytes, source: Place, to: Place) -> None:
        if to in self._paths:
            for delay_s, arriving in self.way(data, source, to):
                datagram = Datagram(arriving, source, self.now + delay_s)
                self._paths[to].waiting.append(datagram)


class MemoryPath:
    """One end."""

    def __init__(self, network: MemoryNetwork, place: Place) -> None:
        self._network = network
        self._place = place
        self.waiting: deque[Datagram] = deque()
        self.fault: Exception | None = None
        """What receiving raises."""
        network.join(place, self)

    @property
    def port(self) -> int:
        return self._place[1]

    def send(self, data: bytes, to: Place) -> None:
        self._network.carry(data, self._place, to)

    def receive(self) -> Sequence[Datagram]:
        if self.fault is not None:
            raise self.fault
        now = self._network.now
        taken = sorted((one for one in self.waiting if one.arrived <= now), key=_arrival)
        self.waiting = deque(one for one in self.waiting if one.arrived > now)
        return taken

    def close(self) -> None:
        self._network.leave(self._place)


def _arrival(datagram: Datagram) -> float:
    return datagram.arrived
