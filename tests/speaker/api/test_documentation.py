"""The page of the documentation needs nothing from elsewhere."""

import re
from pathlib import Path

import pytest

from tests.speaker.http.serving import serving


async def test_all_that_the_page_loads_comes_from_the_device(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        page = await http.get("/api/v1/docs")
        assert "script-src 'self'" in page.headers["content-security-policy"]
        loaded = re.findall(r'(?:src|href)="([^"]*)"', page.text)
        assert len(loaded) == 3
        for address in loaded:
            asset = await http.get(f"/api/v1/{address}")
            assert asset.status_code == 200, address
            assert len(asset.content) > 100


@pytest.mark.parametrize("name", ["other.js", "..%2f..%2fcore.py", "core.py"])
async def test_no_other_file_is_given_away(tmp_path: Path, name: str) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        assert (await http.get(f"/api/v1/docs/{name}")).status_code == 404


async def test_there_are_no_scripts_in_the_page_itself(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        page = (await http.get("/api/v1/docs")).text
    assert not re.search(r"<script>|<script [^>]*>[^<]|\son\w+=", page)
