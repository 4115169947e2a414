"""Recipients of HTTP and HTTPS, asked over real connections."""

import asyncio
import base64
from pathlib import Path

import pytest

from speaker.notifications import http_delivery
from speaker.notifications.notification import Notification
from tests.certificates import AuthorityFolder
from tests.speaker.notifications.telling import failure_of, settings, tell
from tests.speaker.notifications.web_server import (
    Asked,
    always,
    listening,
    served_by,
    status,
    web_server,
)

LOGIN = {"username": "joe", "password": "s3cret"}


async def test_the_message_is_a_query_argument_and_the_parameters_follow() -> None:
    async with web_server(always(204)) as server:
        url = f"http://127.0.0.1:{server.port}/cgi-bin/notify.cgi?door=3"
        told = Notification(message="Tür 3 & 4", parameters="open=yes&n=1")
        assert await tell({"type": "http", "url": url}, told) == ""
    [asked] = server.asked
    assert asked.method == "GET"
    assert asked.target == "/cgi-bin/notify.cgi?door=3&Message=T%C3%BCr%203%20%26%204&open=yes&n=1"


async def test_method_headers_and_body_are_those_of_the_notification() -> None:
    async with web_server(always(200)) as server:
        recipient = {"type": "http", "url": f"http://127.0.0.1:{server.port}/hook"}
        told = Notification(method="POST", headers=(("X-Site", "gate 3"),), body='{"n": 1}')
        assert await tell(recipient, told) == ""
        plain = Notification(method="PUT", body="hello")
        assert await tell(recipient, plain) == ""
    first, second = server.asked
    assert (first.method, first.body) == ("POST", b'{"n": 1}')
    assert first.headers["x-site"] == "gate 3"
    assert first.headers["content-type"] == "application/json"
    assert first.headers["accept-encoding"] == "identity"
    assert second.headers["content-type"] == "text/plain; charset=utf-8"


async def test_the_password_is_used_only_once_the_server_has_asked_for_it() -> None:
    def answer(asked: Asked) -> bytes:
        if "authorization" in asked.headers:
            return status(200)
        return status(401, 'WWW-Authenticate: Basic realm="x"', body=b"no")

    async with web_server(answer) as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert await tell({"type": "http", "url": url, **LOGIN}) == ""
    first, second = server.asked
    assert "authorization" not in first.headers
    kind, _, who = second.headers["authorization"].partition(" ")
    assert (kind, base64.b64decode(who)) == ("Basic", b"joe:s3cret")


async def test_digest_wins_over_basic() -> None:
    challenges = (
        'WWW-Authenticate: Basic realm="x"',
        'WWW-Authenticate: Digest realm="x", nonce="n", qop="auth", algorithm=SHA-256',
    )
    async with web_server(always(401, *challenges)) as server:
        recipient = {"type": "http", "url": f"http://127.0.0.1:{server.port}/", **LOGIN}
        why = await tell(recipient)
    assert why == "does not accept the user name or the password (HTTP status 401)"
    assert server.asked[1].headers["authorization"].startswith('Digest username="joe"')
    assert "s3cret" not in str(server.asked)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (status(401), "asks for a user name and a password"),
        (status(403), "forbids it"),
        (status(404), "knows no such address"),
        (status(500), "says that it did not work (HTTP status 500)"),
        (status(302, "Location: http://192.0.2.1/"), "sends us elsewhere"),
        (b"SMTP greets you\r\n\r\n", "does not answer as HTTP has it"),
        (b"", "has not answered"),
    ],
)
async def test_whatever_is_answered_instead_is_told_in_words(
    answer: bytes, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_delivery, "SILENCE_S", 0.2)
    async with web_server(lambda _asked: answer) as server:
        recipient = {"type": "http", "url": f"http://127.0.0.1:{server.port}/"}
        assert why in await tell(recipient)
    assert len(server.asked) == 1


async def test_a_redirection_is_not_followed() -> None:
    async with web_server(always(200)) as elsewhere:
        location = f"Location: http://127.0.0.1:{elsewhere.port}/"
        async with web_server(always(307, location)) as server:
            recipient = {"type": "http", "url": f"http://127.0.0.1:{server.port}/"}
            assert "sends us elsewhere" in await tell(recipient)
    assert elsewhere.asked == []


async def test_an_answer_without_an_end_is_cut_off() -> None:
    endless = status(200).replace(b"Content-Length: 0", b"Content-Length: 99999999999")
    async with web_server(lambda _asked: endless + b"x" * 1_000_000) as server:
        assert await tell({"type": "http", "url": f"http://127.0.0.1:{server.port}/"}) == ""


async def test_one_that_drips_its_answer_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each octet is a sign of life; all of them together may take so long and no longer."""
    monkeypatch.setattr(http_delivery, "WHOLE_S", 0.3)

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with listening(drip) as port:
        why = await tell({"type": "http", "url": f"http://127.0.0.1:{port}/"})
    assert why == "has not answered within 0 s"


async def test_where_nothing_listens_that_is_said() -> None:
    async with web_server(always(200)) as server:
        pass
    why = await tell({"type": "http", "url": f"http://127.0.0.1:{server.port}/"})
    assert why == "refuses the connection: nothing listens there"


async def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with web_server(always(200)) as server:
        assert await tell({"type": "http", "url": f"http://127.0.0.1:{server.port}/"}) == ""


async def test_a_plain_proxy_is_asked_with_its_own_password() -> None:
    """RFC 9112 §3.2.2: by its whole address."""
    async with web_server(always(200)) as proxy:
        own = {
            "proxy_host": "127.0.0.1",
            "proxy_port": proxy.port,
            "proxy_username": "pat",
            "proxy_password": "pr0xy",
        }
        recipient = {"type": "http", "url": "http://gate.example/x", **own}
        assert await tell(recipient, Notification()) == ""
        everywhere = {"http_proxy": f"http://127.0.0.1:{proxy.port}"}
        recipient = {"type": "http", "url": "http://gate.example/y"}
        assert await tell(recipient, Notification(), global_proxies=everywhere) == ""
    first, second = proxy.asked
    assert first.target == "http://gate.example/x"
    assert (
        first.headers["proxy-authorization"] == f"Basic {base64.b64encode(b'pat:pr0xy').decode()}"
    )
    assert second.target == "http://gate.example/y"
    assert "proxy-authorization" not in second.headers


async def test_a_proxy_that_does_not_let_us_through_is_named() -> None:
    async with web_server(always(407)) as proxy:
        everywhere = {"https_proxy": f"http://127.0.0.1:{proxy.port}"}
        recipient = {"type": "https", "url": "https://gate.example/"}
        why = await tell(recipient, global_proxies=everywhere)
    assert why == "is not reached: the proxy answers 407 Words"
    why = await tell(recipient, global_proxies=everywhere)
    assert why == (
        f"is not reached by the proxy http://127.0.0.1:{proxy.port}: it refuses the connection:"
        " nothing listens there"
    )


async def test_a_certificate_counts_if_its_ca_was_added_to_the_speaker(
    tmp_path: Path, authority: AuthorityFolder
) -> None:
    async with web_server(always(200), served_by(authority.issue("127.0.0.1"))) as server:
        recipient = {"type": "https", "url": f"https://127.0.0.1:{server.port}/"}
        why = await tell(recipient, certificates=tmp_path)
        assert why.startswith("shows a certificate that is not trusted: its CA is not known")
        (tmp_path / "ours.pem").write_bytes(authority.path.read_bytes())
        (tmp_path / "broken.pem").write_text("no certificate", encoding="ascii")
        assert await tell(recipient, certificates=tmp_path) == ""
        (tmp_path / "ours.key").write_text("with a key it is one of the speaker's own")
        assert "is not trusted" in await tell(recipient, certificates=tmp_path)
        unchecked = {**recipient, "validate_server_certificate": False}
        assert await tell(unchecked, certificates=tmp_path) == ""


async def test_a_proxy_may_be_asked_by_tls(tmp_path: Path, authority: AuthorityFolder) -> None:
    async with web_server(always(200), served_by(authority.issue("127.0.0.1"))) as proxy:
        everywhere = {"http_proxy": f"https://127.0.0.1:{proxy.port}"}
        recipient = {"type": "http", "url": "http://gate.example/"}
        why = await tell(recipient, certificates=tmp_path, global_proxies=everywhere)
        assert why.startswith(
            f"is not reached by the proxy https://127.0.0.1:{proxy.port}: it shows a certificate"
        )
        (tmp_path / "ours.pem").write_bytes(authority.path.read_bytes())
        assert await tell(recipient, certificates=tmp_path, global_proxies=everywhere) == ""
    assert proxy.asked[0].target == "http://gate.example/?Message=it%20rings"


async def test_only_where_there_was_no_connection_it_may_be_told_again() -> None:
    async with web_server(always(503)) as server:
        known = settings({"type": "http", "url": f"http://127.0.0.1:{server.port}/"})
        failure = await failure_of(known)
        assert failure is not None
        assert not failure.untouched
    failure = await failure_of(known)
    assert failure is not None
    assert failure.untouched


async def test_a_certificate_for_another_name_does_not_count(
    tmp_path: Path, authority: AuthorityFolder
) -> None:
    (tmp_path / "ours.pem").write_bytes(authority.path.read_bytes())
    async with web_server(always(200), served_by(authority.issue("gate.example"))) as server:
        recipient = {"type": "https", "url": f"https://127.0.0.1:{server.port}/"}
        why = await tell(recipient, certificates=tmp_path)
    assert why == "shows a certificate that is not trusted: it is for another address"
