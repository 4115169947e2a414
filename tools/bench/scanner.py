"""A scanner: `python -m tools.bench.scanner HOST PORT FROM METHOD PER_SECOND` sends until ended.

Each request looks like sipvicious's and is a new one, for another extension. Answers are thrown
away. Says `scanning` when it has begun, and each second how many it has sent.
"""

from __future__ import annotations

import itertools
import socket
import sys
import time

STEP_S = 0.001
SECOND_S = 1.0


def request(method: str, host: str, port: int, here: tuple[str, int], number: int) -> bytes:
    """The request for the extension `number`."""
    target = f"sip:{number}@{host}:{port}"
    lines = [
        f"{method} {target} SIP/2.0",
        f"Via: SIP/2.0/UDP {here[0]}:{here[1]};branch=z9hG4bK-{number:x};rport",
        "Max-Forwards: 70",
        f'To: "{number}" <{target}>',
        f'From: "sipvicious" <sip:100@{host}>;tag={number:x}',
        "User-Agent: friendly-scanner",
        f"Call-ID: {number:x}",
        f"Contact: <sip:100@{here[0]}:{here[1]}>",
        f"CSeq: 1 {method}",
        "Accept: application/sdp",
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def scan(target: tuple[str, int], source: str, method: str, per_second: float) -> None:
    """Send at an even rate for ever."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as scanner:
        scanner.bind((source, 0))
        here: tuple[str, int] = scanner.getsockname()
        # Answers have to be dropped somewhere: the system does it when the buffer is full.
        scanner.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        print("scanning", flush=True)
        started = told = time.monotonic()
        numbers = itertools.count(1)
        sent = 0
        while True:
            now = time.monotonic()
            for _ in range(int((now - started) * per_second) - sent):
                scanner.sendto(request(method, *target, here, next(numbers)), target)
                sent += 1
            if now - told >= SECOND_S:
                told = now
                print(f"sent {sent} in {now - started:.3f} s", flush=True)
            time.sleep(STEP_S)


if __name__ == "__main__":
    scan((sys.argv[1], int(sys.argv[2])), sys.argv[3], sys.argv[4], float(sys.argv[5]))
