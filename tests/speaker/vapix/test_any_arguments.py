"""Whatever arguments a CGI is asked with, it answers: no failure inside, no traceback, no hang."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from tests.speaker.http.serving import serving

EXAMPLES: Final = int(os.environ.get("CGI_EXAMPLES", "150"))
"""100,000 take half an hour."""

LONGEST_S: Final = 60.0
"""Of one answer, on a machine that does ten other things as well: what takes longer hangs."""

ENDLESS_CGIS: Final = ("audio/receive.cgi", "audio/transmit.cgi", "ws-data-stream")
"""They answer for as long as somebody listens or speaks."""
SLOW_CGIS: Final = ("serverreport", "debug.tgz")
"""Each answer of theirs takes a third of a second, so that they are asked less often."""

NAMES: Final = (
    *("action", "group", "usergroup", "listformat", "responseformat", "template", "force"),
    *("text", "tail", "version", "mode", "cmd", "duration", "mask"),
    *("user", "pwd", "grp", "sgrp", "comment", "strict_pwd"),
    *("clip", "name", "location", "repeat", "volume", "audiooutput", "audiodeviceid", "media"),
    *("Audio.A0.Enabled", "root.AudioSource.A0.OutputGain", "AudioSource.A0.InputGain"),
    *("HTTPS.Port", "root.Network.HTTP.AuthenticationPolicy", "Brand.Brand", "MediaClip.M0.Name"),
    *("Time.POSIXTimeZone", "Time.DST.Enabled", "Time.NTP.Server", "root", "Axis-Orig-Sw"),
)
VALUES: Final = (
    *("", "list", "listdefinitions", "update", "add", "remove", "get", "play", "stop"),
    *("xmlschema", "text", "zip", "zip_with_image", "tar_all", "true", "yes", "no", "mute"),
    *("root", "*", "root.*", "Audio", "*.*", "a,b,c", ",", ".", "Properties", "MediaClip"),
    *("0", "1", "-1", "3.5", "99999999999999999999", "nan", "1e400", "0x10", "٣"),
    *("joe", "admin:operator:viewer:ptz", "users", "../../etc/passwd", "GMT0BST,M3.5.0/1,M10.5.0"),
    *("'", '"', "<script>", "%00", "%", "\x00", "a\r\nb: c", "\x1b[2J", "x" * 5000, "ü", "\ud7ff"),
)

texts = st.one_of(st.sampled_from(VALUES), st.text(max_size=20), st.integers().map(str))
names = st.one_of(st.sampled_from(NAMES), st.text(max_size=10))
forms = st.lists(st.tuples(names, texts), max_size=6)
raw = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"&" * 3000, b"a=" + b"x" * 70_000, b"--b\r\n\r\n", b"%ff%fe=1", b"=&=&"]),
)
queries = st.text("abcmode=&;%+/?.*01\u00fc[]{}|^", max_size=60)
types = st.sampled_from(
    [
        *("text/plain", "application/x-www-form-urlencoded", "application/json", "", ";"),
        *(
            "multipart/form-data",
            "multipart/form-data; boundary=b",
            "multipart/form-data; boundary=",
        ),
    ]
)


@dataclass
class Asked:
    """The application of a running device, on a loop that runs while it is asked."""

    runner: asyncio.Runner
    http: httpx.AsyncClient
    cgis: list[tuple[str, str]]
    slow_cgis: list[tuple[str, str]]

    def ask(self, method: str, path: str, **request: object) -> httpx.Response:
        asked = self.http.request(method, path, **request)  # type: ignore[arg-type]
        return self.runner.run(asyncio.wait_for(asked, LONGEST_S))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder: Path = tmp_path_factory.mktemp("device")
    with asyncio.Runner() as runner:
        device = serving(folder)
        served = runner.run(device.__aenter__())
        cgis = [
            (method, route.path)
            for route in served.app.app.routes  # type: ignore[attr-defined]
            if isinstance(route, Route) and route.path.startswith("/axis-cgi/")
            if not any(name in route.path for name in ENDLESS_CGIS)
            for method in sorted(route.methods or ())
            if method in ("GET", "POST")
        ]
        try:
            slow = [cgi for cgi in cgis if any(name in cgi[1] for name in SLOW_CGIS)]
            quick = [cgi for cgi in cgis if cgi not in slow]
            yield Asked(runner, served.local(), quick, slow)
        finally:
            runner.run(device.__aexit__(None, None, None))


def judge(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text[:500]
    if "text" in answer.headers.get("content-type", ""):
        assert "Traceback (most recent" not in answer.text


quickly = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@quickly
@given(st.data(), forms, forms)
def test_any_form_is_answered(
    asked: Asked, data: st.DataObject, query: list[tuple[str, str]], body: list[tuple[str, str]]
) -> None:
    is_slow = data.draw(st.integers(0, 29)) == 7
    method, path = data.draw(st.sampled_from(asked.slow_cgis if is_slow else asked.cgis))
    headers = {"Content-Type": data.draw(types)} if body else {}
    content = urlencode(body).encode() if body else None
    judge(asked.ask(method, path, params=query, content=content, headers=headers))


@quickly
@given(st.data(), queries, raw, types)
def test_any_octets_are_answered(
    asked: Asked, data: st.DataObject, query: str, body: bytes, content_type: str
) -> None:
    method, path = data.draw(st.sampled_from(asked.cgis))
    headers = {"Content-Type": content_type}
    judge(asked.ask(method, f"{path}?{query}", content=body, headers=headers))
