"""The API does what its document says, as a program sees it that nobody here wrote."""

from pathlib import Path

from tests.fuzz.http_api import examine

SHORT = ("--phases", "examples,fuzzing", "--max-examples", "2", "--seed", "5", "--no-color")


async def test_no_answer_is_an_error_of_ours_or_one_that_is_not_documented(tmp_path: Path) -> None:
    found = await examine(tmp_path, *SHORT)
    assert found.passed, found.words
    assert not found.faults
