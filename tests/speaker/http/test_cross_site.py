"""Pages of other sites act with the logins that a browser remembers, unless they are refused."""

import pytest

from speaker.http.cross_site import changes_something, comes_from_elsewhere, is_own_name


def scope(
    method: str = "GET", path: str = "/", kind: str = "http", **headers: str
) -> dict[str, object]:
    fields = {"Host": "192.0.2.1:8080"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    raw = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
    return {"type": kind, "method": method, "path": path, "headers": raw}


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ({}, False),
        ({"Origin": "http://192.0.2.1:8080"}, False),
        ({"Origin": "https://192.0.2.1:8080"}, False),
        ({"Origin": "http://192.0.2.1"}, True),
        ({"Origin": "http://evil.example"}, True),
        ({"Origin": "http://192.0.2.1:8080.evil.example"}, True),
        ({"Origin": "http://192.0.2.1:8080@evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": ""}, True),
        ({"Origin": "http://[bad"}, True),
        ({"Sec_Fetch_Site": "same-origin"}, False),
        ({"Sec_Fetch_Site": "none"}, False),
        ({"Sec_Fetch_Site": "cross-site"}, True),
        ({"Sec_Fetch_Site": "same-site"}, True),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "http://192.0.2.1:8080"}, True),
        ({"Referer": "http://192.0.2.1:8080/page?a#b"}, False),
        ({"Referer": "http://evil.example/192.0.2.1:8080"}, True),
    ],
)
def test_who_sends_it_is_read_off_the_headers(headers: dict[str, str], elsewhere: bool) -> None:
    assert comes_from_elsewhere(scope(**headers)) == elsewhere


@pytest.mark.parametrize(
    ("method", "path", "kind", "changes"),
    [
        ("GET", "/api/v1/state", "http", False),
        ("HEAD", "/api/v1/state", "http", False),
        ("POST", "/api/v1/call", "http", True),
        ("PATCH", "/api/v1/accounts/joe", "http", True),
        ("GET", "/axis-cgi/restart.cgi", "http", True),
        ("GET", "/vapix/call", "http", True),
        ("GET", "/api/v1/events", "websocket", True),
    ],
)
def test_what_may_change_something(method: str, path: str, kind: str, changes: bool) -> None:
    assert changes_something(scope(method, path, kind)) == changes


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("192.0.2.1", True),
        ("192.0.2.1:8080", True),
        ("[2001:db8::1]:8080", True),
        ("localhost:8080", True),
        ("speaker", True),
        ("speaker.local", True),
        ("speaker.local.:80", True),
        ("hall.example.com", True),
        ("HALL.example.com", True),
        ("evil.example.com", False),
        ("hall.example.com.evil.example", False),
        ("192.0.2.1.evil.example", False),
        ("localhost.evil.example", False),
        ("local.example", False),
        ("", False),
        (":80", False),
        ("[bad", False),
    ],
)
def test_a_name_that_somebody_else_may_own_is_not_ours(host: str, own: bool) -> None:
    """DNS rebinding: a page of an attacker makes its own name point at the device."""
    assert is_own_name(host, "hall.example.com") == own
