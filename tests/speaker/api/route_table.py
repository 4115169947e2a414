"""The table of routes in docs/api.md: `python -m tests.speaker.api.route_table` writes it anew."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.speaker.http.serving import serving

PAGE: Final = Path(__file__).parents[3] / "docs" / "api.md"
BEGIN: Final = "<!-- routes: python -m tests.speaker.api.route_table -->\n"
END: Final = "<!-- end of routes -->\n"
METHODS: Final = ("get", "post", "put", "patch", "delete")


async def document(folder: Path) -> dict[str, Any]:
    """OpenAPI, as a device tells it."""
    async with serving(folder) as served, served.local() as http:
        told: dict[str, Any] = (await http.get("/api/v1/openapi.json")).json()
        return told


def table(document: dict[str, Any]) -> str:
    """One row for each address, in the order of the subjects."""
    rows = ["| address | who may do what | for |", "| --- | --- | --- |"]
    subjects = [tag["name"] for tag in document["tags"]]
    addresses = sorted(
        document["paths"].items(),
        key=lambda path: subjects.index(next(iter(path[1].values()))["tags"][0]),
    )
    for path, operations in addresses:
        methods = [(name, operations[name]) for name in METHODS if name in operations]
        who = ", ".join(
            f"`{name.upper()}` {operation.get('x-role', 'anybody')}" for name, operation in methods
        )
        told = methods[0][1]
        rows.append(f"| `{path}` | {who} | {told['summary']} |")
    return "\n".join(rows) + "\n"


def put_into(page: str, new: str) -> str:
    """The page with the table in its place."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + new + END + after


def main() -> None:
    """Write the table anew."""
    with tempfile.TemporaryDirectory() as folder:
        told = asyncio.run(document(Path(folder)))
    PAGE.write_text(put_into(PAGE.read_text(encoding="utf-8"), table(told)), encoding="utf-8")


if __name__ == "__main__":
    main()
