"""How long a body may be at which address: longer than usual only where there is much to say."""

from pathlib import Path
from typing import Any

from speaker.http.app import make_app
from speaker.http.rights import LONG_BODY_LIMIT, USUAL_BODY_LIMIT, rights_of
from tests.speaker.http.serving import serving

SETTINGS = "/api/v1/settings"
LONG = {"/api/v1/certificates/{name}", f"{SETTINGS}/check", f"{SETTINGS}/import"}
STREAMS = {"/api/v1/clips", "/axis-cgi/mediaclip.cgi", "/axis-cgi/audio/transmit.cgi"}


async def test_few_addresses_take_a_long_body(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        limits: dict[str, list[int | None]] = {}
        for route in make_app(served.device).routes:
            limits.setdefault(str(getattr(route, "path", "")), []).append(
                rights_of(route).body_limit
            )
    assert {path for path, each in limits.items() if None in each} == STREAMS
    long = {path for path, each in limits.items() if max(filter(None, each), default=0) > 65536}
    sections = {path for path in long if path.startswith(SETTINGS) and "{" not in path}
    assert long - sections == LONG - sections
    assert f"{SETTINGS}/rules" in sections
    assert USUAL_BODY_LIMIT == 65536


async def test_all_the_rules_there_may_be_fit(tmp_path: Path) -> None:
    rule: dict[str, Any] = {
        "conditions": [{"event": "manual.trigger", "name": "x"}],
        "action": [{"type": "play_clip", "clip": "gong"} for _ in range(16)],
    }
    rules = [{"name": f"rule {i}", "enabled": False, **rule} for i in range(256)]
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.put(f"{SETTINGS}/rules", json=rules)
        assert answer.status_code == 200, answer.text[:500]
        assert USUAL_BODY_LIMIT < len(answer.request.content) < LONG_BODY_LIMIT
        entry = {"name": "y", "x": "x" * USUAL_BODY_LIMIT}
        assert (await http.post(f"{SETTINGS}/rules", json=entry)).status_code == 413
        assert (await http.post("/api/v1/tokens", json=entry)).status_code == 413
