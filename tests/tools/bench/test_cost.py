"""What the figures of cost and of long calls make of what was measured."""

import pytest

from tools.bench.call_load import Load
from tools.bench.errors import CannotDo
from tools.bench.figures.cost import (
    ECHO,
    FIRST_CALL,
    FURTHER_CALL,
    MOST,
    OPUS_CALL,
    UNDERRUNS,
    Plain,
    echo_readings,
    g711_readings,
    opus_readings,
)
from tools.bench.figures.underruns import readings_of, told_of
from tools.bench.http_load import Requests
from tools.bench.long_call import LongCall
from tools.bench.reading import Reading


def load(cpu: float, returned: float = 100.0) -> Load:
    return Load(cpu=cpu, waited=0.1, bench=0.2, returned=returned, resident_mb=80.0)


def values(readings: list[Reading]) -> dict[str, float | None]:
    return {reading.quantity: reading.value for reading in readings}


def test_the_first_call_and_the_further_ones_are_told_apart() -> None:
    """One call costs 2 % more than none, and each of the 29 others 0.5 %."""
    loads = {0: load(2.0), 1: load(4.0), MOST: load(4.0 + 0.5 * (MOST - 1))}
    none = Reading("speaker", UNDERRUNS, 0, "")
    told = values(g711_readings("speaker", Plain(loads, none)))
    assert told[FIRST_CALL] == pytest.approx(2.0)
    assert told[FURTHER_CALL] == pytest.approx(0.5)
    assert told["CPU, no call"] == 2.0
    assert told[UNDERRUNS] == 0


def test_an_opus_call_is_what_comes_on_top_of_its_own_idle_device() -> None:
    told = values(opus_readings("speaker", {0: load(2.5), 1: load(4.0)}))
    assert told == {OPUS_CALL: pytest.approx(1.5)}


def test_an_opus_call_that_brought_nothing_back_has_no_cost() -> None:
    with pytest.raises(CannotDo, match="no encrypted packet"):
        opus_readings("speaker", {0: load(2.5), 1: load(2.6, returned=0.0)})


def test_the_rooms_simulation_is_not_part_of_the_engine_with_echo_cancellation() -> None:
    told = values(echo_readings("speaker", load(2.0), load(9.0), load(12.5)))
    assert told == {ECHO: pytest.approx(5.5)}


def long_call(figures: dict[str, float] | str) -> LongCall:
    return LongCall(10.0, 497, 0.05, 0.002, 0.003, figures)


def test_packets_that_did_not_come_back_are_counted_beside_the_devices_own_count() -> None:
    told = values(readings_of("speaker", long_call({"underruns": 2.0, "ticks": 1000.0}), ""))
    assert told == {"underruns": 2.0, "packets missing": 3, "longest gap between packets": 50.0}


def test_a_device_without_a_count_is_judged_from_outside() -> None:
    own, missing, _ = readings_of("baresip", long_call("it does not count them"), "")
    assert (own.value, own.note) == (None, "it does not count them")
    assert missing.value == 3


def test_the_load_has_rows_of_its_own_and_tells_what_its_requests_got() -> None:
    requests = Requests(answered=5500, refused=11, lost=1, slowest_s=0.25)
    call, words = long_call({"underruns": 0.0}), told_of(requests, 10.0)
    readings = readings_of("speaker", call, ", HTTP loaded", words)
    assert all(reading.quantity.endswith(", HTTP loaded") for reading in readings)
    note = readings[1].note
    assert "500 answers per second, the slowest after 250 ms" in note
    assert "11 requests were refused and 1 lost" in note
