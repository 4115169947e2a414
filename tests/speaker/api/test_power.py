"""A restart, or more, on order: whoever runs the device is told, and the audit log."""

from pathlib import Path

import pytest

from speaker.lifecycle import Ending, Next
from tests.speaker.http.serving import serving


@pytest.mark.parametrize(
    ("path", "body", "then"),
    [
        ("restart", None, Next.RESTART),
        ("factory-default", {}, Next.DEFAULT),
        ("factory-default", {"hard": True}, Next.HARD_DEFAULT),
    ],
)
async def test_it_is_answered_first_and_then_done(
    tmp_path: Path, path: str, body: object, then: Next
) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == 202
        assert answer.json() == {"boot": served.device.lifecycle.boot_id}
        assert served.device.lifecycle.ending == Ending(then, "local")
        (noted,) = served.device.store.audit.entries(1)
    assert noted.what.startswith("asked for a ")
    assert noted.address == "192.0.2.77"
