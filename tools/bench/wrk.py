"""wrk (https://github.com/wg/wrk) as the judge of an HTTP side: how many answers, how late."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.bench.child import Child
from tools.bench.errors import CannotDo, Unreadable

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from tools.bench.device import HttpSide

ENDS_LATER_S = 10.0
PER_S = {"us": 1e6, "ms": 1e3, "s": 1.0, "m": 1 / 60}

_PERCENTILE = re.compile(r"^ +(50|99)% +([\d.]+)(us|ms|s|m) *$", re.MULTILINE)
_REQUESTS = re.compile(r"^ +(\d+) requests in ", re.MULTILINE)
_PER_SECOND = re.compile(r"^Requests/sec: +([\d.]+)$", re.MULTILINE)
_REFUSED = re.compile(r"^ +Non-2xx or 3xx responses: (\d+)$", re.MULTILINE)
_LOST = re.compile(
    r"^ +Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Answers:
    """What wrk counted."""

    requests: int
    per_second: float
    median_s: float
    p99_s: float
    refused: int
    """Answered with another status than 2xx and 3xx."""
    lost: int
    """Connections that failed, broke or gave no answer in time."""

    def __str__(self) -> str:
        return (
            f"{self.per_second:.0f} answers per second, half of them within"
            f" {self.median_s * 1e3:.1f} ms and 99 % within {self.p99_s * 1e3:.1f} ms;"
            f" {self.refused} requests were refused and {self.lost} lost"
        )


def read_answers(text: str) -> Answers:
    """Read what wrk prints.

    Raises:
        Unreadable: something is missing.
    """
    requests, per_second = _REQUESTS.search(text), _PER_SECOND.search(text)
    percentiles = {
        int(percent): float(value) / PER_S[unit]
        for percent, value, unit in _PERCENTILE.findall(text)
    }
    if requests is None or per_second is None or percentiles.keys() != {50, 99}:
        raise Unreadable(f"wrk said {text!r}")
    refused, lost = _REFUSED.search(text), _LOST.search(text)
    return Answers(
        int(requests[1]),
        float(per_second[1]),
        percentiles[50],
        percentiles[99],
        0 if refused is None else int(refused[1]),
        0 if lost is None else sum(map(int, lost.groups())),
    )


class Wrk:
    """Asks for one path over and over while the `with` block lasts; then `answers` are known.

    It ends by itself after `seconds`, and the block waits for that.
    """

    def __init__(
        self, folder: Path, http: HttpSide, path: str, *, connections: int, seconds: float
    ) -> None:
        """Start it, at a low priority: it takes only what the device and its calls leave.

        Raises:
            CannotDo: it is not installed.
        """
        program = shutil.which("wrk")
        if program is None:
            raise CannotDo("wrk is not installed")
        folder.mkdir()
        self._seconds = seconds
        self._output = folder / "output.log"
        self._child = Child(
            [
                *("nice", "-n", "10", program, "--latency", "-t", "1"),
                *("-c", str(connections), "-d", f"{round(seconds)}s"),
                *("-H", f"Authorization: Bearer {http.token}"),
                f"http://{http.host}:{http.port}{path}",
            ],
            folder,
        )
        self._answers: Answers | None = None

    @property
    def answers(self) -> Answers:
        """What came of it."""
        if self._answers is None:
            raise Unreadable("wrk has not come to its end")
        return self._answers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._child.end()
            return
        self._child.wait(self._seconds + ENDS_LATER_S)
        self._answers = read_answers(self._output.read_text())
