"""The device begins anew when an administrator says so."""

from pathlib import Path

import pytest

from speaker.lifecycle import Next
from tests.speaker.http.serving import serving

PAGES = {
    "restart": Next.RESTART,
    "factorydefault": Next.DEFAULT,
    "hardfactorydefault": Next.HARD_DEFAULT,
}


@pytest.mark.parametrize("page", PAGES)
async def test_it_answers_and_then_ends(tmp_path: Path, page: str) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.get(f"/axis-cgi/{page}.cgi")
        assert (answer.status_code, answer.headers["content-type"][:9]) == (200, "text/html")
        ending = served.device.lifecycle.ending
        assert ending is not None
        assert (ending.next, ending.by) == (PAGES[page], "local")
        assert served.device.store.audit.entries(1)[0].who == "local"


@pytest.mark.parametrize("page", PAGES)
async def test_a_stranger_changes_nothing(tmp_path: Path, page: str) -> None:
    async with serving(tmp_path) as served, served.client() as http:
        assert (await http.get(f"/axis-cgi/{page}.cgi")).status_code == 401
        assert (await http.get(f"/axis-cgi/view/{page}.cgi")).status_code == 401
        assert served.device.lifecycle.ending is None
