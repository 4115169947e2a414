"""What wrk says of an HTTP side is read as it means it."""

import pytest

from tools.bench.errors import Unreadable
from tools.bench.wrk import Answers, read_answers

SAID = """\
Running 2m test @ http://127.0.0.1:8080/api/v1/state
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    35.75ms    8.91ms 141.63ms   87.07%
    Req/Sec     1.80k   239.66     2.31k    75.52%
  Latency Distribution
     50%  965.00us
     75%   38.02ms
     90%   43.66ms
     99%    1.07s
  214965 requests in 2.00m, 350.29MB read
  Socket errors: connect 0, read 3, write 0, timeout 1
  Non-2xx or 3xx responses: 12
Requests/sec:   1790.41
Transfer/sec:      2.92MB
"""


def test_answers_are_counted_and_timed() -> None:
    assert read_answers(SAID) == Answers(
        requests=214965, per_second=1790.41, median_s=965e-6, p99_s=1.07, refused=12, lost=4
    )


def test_what_went_well_is_not_mentioned_by_wrk() -> None:
    well = [line for line in SAID.splitlines() if "errors" not in line and "Non-2xx" not in line]
    answers = read_answers("\n".join(well))
    assert (answers.refused, answers.lost) == (0, 0)


@pytest.mark.parametrize("gone", ["99%", "requests in", "Requests/sec"])
def test_what_is_missing_is_not_made_up(gone: str) -> None:
    left = [line for line in SAID.splitlines() if gone not in line]
    with pytest.raises(Unreadable):
        read_answers("\n".join(left))
