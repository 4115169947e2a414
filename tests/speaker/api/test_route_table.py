"""docs/api.md lists the routes that there are."""

from pathlib import Path

from tests.speaker.api.route_table import PAGE, document, put_into, table


async def test_the_table_of_routes_is_what_the_document_says(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = table(await document(tmp_path))
    assert page == put_into(page, told), "python -m tests.speaker.api.route_table"
