"""What one step of a handshake costs: run as a program, it tells the figures of the decision."""

from __future__ import annotations

import statistics
import sys
import time

from media.frame import TICK_S
from tests.media.security.dtls_peers import CLIENT, SERVER, client, server

HANDSHAKES = 300


def main() -> None:
    """Tell how long the steps of either side take, in CPU time of this thread."""
    steps: dict[str, list[float]] = {"client": [], "server": []}
    for _ in range(HANDSHAKES):
        one, other = client(), server()
        for tick in range(6):
            now = 1.0 + tick * TICK_S
            for name, end, peer, at in (
                ("client", one, other, CLIENT),
                ("server", other, one, SERVER),
            ):
                if end.is_due(now):
                    began = time.thread_time()
                    end.advance(now)
                    steps[name].append(1e3 * (time.thread_time() - began))
                for datagram, _ in end.take_outgoing():
                    peer.take(datagram, at)
    for name, times in steps.items():
        times.sort()
        sys.stdout.write(
            f"{name}: median {statistics.median(times):.2f} ms,"
            f" p99 {times[int(0.99 * len(times))]:.2f} ms,"
            f" a whole handshake {sum(times) / HANDSHAKES:.2f} ms\n"
        )


if __name__ == "__main__":
    main()
