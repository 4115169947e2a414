"""Readings side by side, and the three ways to write them."""

import json
from pathlib import Path

import pytest

from tools.bench.command_line import main
from tools.bench.device import Maker
from tools.bench.figure import Figure, Run
from tools.bench.figures import FIGURES
from tools.bench.reading import Reading, percentile, times
from tools.bench.report import NoPlaceForFigure, Result, as_json, as_markdown, as_text, placed
from tools.bench.table import AtLeast, MoreThan, cells, remarks, rows_of

OURS = Reading("speaker", "delay", 40.0, "ms", "5 times")
THEIRS = Reading("baresip", "delay", 120.0, "ms", "5 times")


def nothing(_maker: Maker, _run: Run) -> list[Reading]:
    return []


FIGURE = Figure(name="delay", title="Delay", measure=nothing, reach={"delay": 80.0})


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (50, 5), (90, 9), (91, 10), (100, 10)])
def test_a_percentile_is_one_of_the_values(percent: float, value: float) -> None:
    """Nearest rank."""
    assert percentile([10, 1, 2, 9, 3, 8, 4, 7, 5, 6], percent) == value


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="0 values"):
        percentile([], 50)


def test_durations_are_told_as_median_p99_and_worst_in_milliseconds() -> None:
    told = {
        reading.quantity: reading.value for reading in times("speaker", "x", [0.001, 0.005, 0.002])
    }
    assert told == {"x, median": 2.0, "x, p99": 5.0, "x, worst": 5.0}


def test_the_ratio_is_ours_over_theirs() -> None:
    (row,) = rows_of([OURS, THEIRS], {})
    assert row.ratio == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "readings",
    [[OURS], [THEIRS], [OURS, Reading("baresip", "delay", 0.0, "ms")],
     [OURS, Reading("baresip", "delay", None, "ms", "cannot")]],
)  # fmt: skip
def test_there_is_no_ratio_without_two_numbers(readings: list[Reading]) -> None:
    (row,) = rows_of(readings, {})
    assert row.ratio is None


@pytest.mark.parametrize(("reach", "reached"), [(40.0, True), (39.9, False), (None, None)])
def test_what_is_to_be_reached_may_just_be_reached(
    reach: float | None, reached: bool | None
) -> None:
    (row,) = rows_of([OURS], {} if reach is None else {"delay": reach})
    assert row.reached is reached


@pytest.mark.parametrize(
    ("reach", "cell"),
    [(0.5, "≤ 0.50 × ✓"), (0.3, "≤ 0.30 × ✗"), (AtLeast(1 / 3), "≥ 0.33 × ✓"),
     (MoreThan(0.3), "> 0.30 × ✓"), (MoreThan(1 / 3), "> 0.33 × ✗")],
)  # fmt: skip
def test_a_ratio_can_be_what_is_to_be_reached(reach: float, cell: str) -> None:
    (row,) = rows_of([OURS, THEIRS], {}, {"delay": reach})
    assert cells(row)[-1] == cell
    assert row.reached is cell.endswith("✓")


def test_a_ratio_that_is_not_there_reaches_nothing_and_misses_nothing() -> None:
    (row,) = rows_of([OURS], {}, {"delay": 0.5})
    assert row.reached is None
    assert cells(row)[-1] == "≤ 0.50 ×"


@pytest.mark.parametrize(("value", "ratio"), [(39.0, 0.5), (40.0, 0.3)])
def test_of_a_value_and_a_ratio_both_are_to_be_reached(value: float, ratio: float) -> None:
    (row,) = rows_of([OURS, THEIRS], {"delay": value}, {"delay": ratio})
    assert row.reached is False


def test_a_missing_value_is_shown_as_such_and_its_reason_told() -> None:
    missing = Reading("baresip", "page", None, "", "it has no multicast module")
    (row,) = rows_of([missing], {})
    assert cells(row) == ("page", "", "n/a", "", "")
    assert remarks([missing]) == ["baresip, page: it has no multicast module"]


def test_calibrations_are_told_beside_the_table_and_not_in_it() -> None:
    reflector = Reading("reflector", "delay", 0.1, "ms", "300 packets")
    assert rows_of([reflector], {}) == []
    assert remarks([reflector]) == ["reflector, delay 0.10 ms: 300 packets"]


def test_the_text_is_a_table_with_a_mark_at_what_is_reached() -> None:
    text = as_text(Result(FIGURE, [OURS, THEIRS])).splitlines()
    assert text[0] == "== Delay (delay)"
    assert text[2].split() == ["delay", "40", "ms", "120", "ms", "0.33", "×", "≤", "80", "ms", "✓"]


def test_json_gives_the_rows_the_readings_and_the_machine() -> None:
    told = json.loads(as_json({"system": "here"}, [Result(FIGURE, [OURS, THEIRS])]))
    assert told["machine"] == {"system": "here"}
    (figure,) = told["figures"]
    assert figure["rows"][0]["ratio"] == pytest.approx(1 / 3)
    assert figure["rows"][0]["reached"] is True
    assert [reading["device"] for reading in figure["readings"]] == ["speaker", "baresip"]


def test_a_figure_takes_its_place_in_the_document_and_leaves_the_rest() -> None:
    document = "Before\n<!-- bench: delay -->\nold\n<!-- end -->\nAfter\n"
    table = as_markdown(Result(FIGURE, [OURS]))
    assert placed(document, "delay", table) == (
        f"Before\n<!-- bench: delay -->\n{table}\n<!-- end -->\nAfter\n"
    )


def test_a_document_without_the_place_is_not_written_over() -> None:
    with pytest.raises(NoPlaceForFigure, match="delay"):
        placed("<!-- bench: other -->\n<!-- end -->\n", "delay", "table")


def test_the_documentation_has_a_place_for_every_figure() -> None:
    document = (Path(__file__).parents[3] / "docs" / "performance.md").read_text()
    for name in ("machine", *(figure.name for figure in FIGURES)):
        assert placed(document, name, "x") != document


@pytest.mark.parametrize("arguments", [["nonsense"], ["--seconds", "0"], ["--only", "linphone"]])
def test_wrong_arguments_are_refused_before_anything_starts(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert arguments[-1] in capsys.readouterr().err
