"""`docs/calls.md` shows the table of states that the program has."""

from pathlib import Path

from speaker.calls.call_state import drawn

PAGE = Path(__file__).parents[3] / "docs" / "calls.md"


def test_the_page_shows_the_table_of_states() -> None:
    page = PAGE.read_text(encoding="utf-8")
    between = page.partition("<!-- states: begin -->\n")[2].partition("<!-- states: end -->")[0]
    assert between == drawn()
