"""What every answer tells browsers."""

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from speaker.http.headers import SecurityHeaders


async def plain(_request: Request) -> Response:
    return PlainTextResponse("x")


async def own(_request: Request) -> Response:
    return PlainTextResponse("x", headers={"Cache-Control": "max-age=60"})


async def head_of(url: str, *, hsts_s: int = 0) -> httpx.Headers:
    routes = [Route("/plain", plain), Route("/own", own)]
    app = SecurityHeaders(Starlette(routes=routes), lambda: hsts_s)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        return (await http.get(url)).headers


async def test_no_answer_is_guessed_at_framed_elsewhere_or_kept() -> None:
    for path in ("plain", "nowhere"):
        headers = await head_of(f"http://device/{path}")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"


async def test_a_route_that_knows_better_is_heard() -> None:
    assert (await head_of("http://device/own")).get_list("Cache-Control") == ["max-age=60"]


async def test_https_is_demanded_by_https_and_where_it_is_set_only() -> None:
    """RFC 6797 §7.2."""
    name = "Strict-Transport-Security"
    assert name not in await head_of("https://device/plain")
    assert name not in await head_of("http://device/plain", hsts_s=60)
    assert (await head_of("https://device/plain", hsts_s=60))[name] == "max-age=60"
