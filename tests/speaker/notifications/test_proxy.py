"""By way of whom a recipient is asked."""

import pytest

from speaker.notifications.proxy import Proxy, proxy_for
from tests.speaker.notifications.telling import settings

EVERYWHERE = {
    "http_proxy": "http://pat%40home@proxy.example:3128",
    "http_proxy_password": "pw",
    "https_proxy": "https://[2001:db8::1]:8443",
    "no_proxy": ["192.168.0.0/16", "198.51.100.7", ".example.net", "www.example.org"],
}


def by(url: str, **own: object) -> Proxy | None:
    kind = url.partition(":")[0]
    known = settings({"type": kind, "url": url, **own}, global_proxies=EVERYWHERE)
    return proxy_for(known.recipients[0], known.global_proxies)


def test_the_scheme_decides_which_global_proxy_it_is() -> None:
    found = by("http://gate.example.com/x")
    assert found is not None
    assert (found.url, found.username) == ("http://proxy.example:3128", "pat@home")
    assert found.password.reveal() == "pw"
    found = by("https://gate.example.com/x")
    assert found is not None
    assert (found.url, found.username) == ("https://[2001:db8::1]:8443", "")


@pytest.mark.parametrize(
    ("host", "is_asked_by_proxy"),
    [
        ("192.168.3.4:8080", False),
        ("192.169.3.4", True),
        ("198.51.100.7", False),
        ("198.51.100.70", True),
        ("a.b.example.net", False),
        ("A.EXAMPLE.NET", False),
        ("example.net", True),
        ("notexample.net", True),
        ("www.example.org", False),
        ("a.www.example.org", True),
        ("[2001:db8::7]", True),
    ],
)
def test_whom_no_proxy_is_for_is_asked_directly(host: str, is_asked_by_proxy: bool) -> None:
    assert (by(f"http://{host}/") is not None) is is_asked_by_proxy


def test_a_recipient_s_own_proxy_counts_first() -> None:
    found = by("http://192.168.3.4/", proxy_host="own.example")
    assert found is not None
    assert found.url == "http://own.example:3128"
