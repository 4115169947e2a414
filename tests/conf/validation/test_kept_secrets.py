"""A password that is kept is not sent to others by whoever may change what stands beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conf.store.settings_store import SettingsStore
from conf.validation.problem import BadSettings
from conf.values.secret import HIDDEN

ACCOUNT = {
    "id": "pbx",
    "default": True,
    "mode": "registered",
    "user_id": "100",
    "registrar": "pbx.example",
    "secondary_server": "pbx2.example",
    "password": "s3cret",
}
WEB = {
    "name": "gate",
    "type": "https",
    "url": "https://gate.example/notify",
    "username": "joe",
    "password": "s3cret",
    "proxy_host": "proxy.example",
    "proxy_username": "pat",
    "proxy_password": "pr0xy",
}
MAIL = {
    "name": "staff",
    "type": "email",
    "email_to": "joe@example.com",
    "email_from": "door@example.net",
    "host": "mail.example",
    "username": "joe",
    "password": "s3cret",
}
PROXIES = {"http_proxy": "http://pat@proxy.example:3128", "http_proxy_password": "pr0xy"}
EVERYTHING = {
    "sip": {"accounts": [ACCOUNT]},
    "recipients": [WEB, MAIL],
    "global_proxies": PROXIES,
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SettingsStore]:
    """All cases check, none changes."""
    with SettingsStore.open(tmp_path_factory.mktemp("data")) as opened:
        opened.change(EVERYTHING, by="admin")
        yield opened


def hidden(entry: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An entry as the API tells it, changed."""
    told = {key: HIDDEN if key.endswith("password") else value for key, value in entry.items()}
    return {**told, **more}


def account(**more: Any) -> dict[str, Any]:
    return {"sip": {"accounts": [hidden(ACCOUNT, **more)]}}


def web(**more: Any) -> dict[str, Any]:
    return {"recipients": [hidden(WEB, **more), hidden(MAIL)]}


def mail(**more: Any) -> dict[str, Any]:
    return {"recipients": [hidden(MAIL, **more), hidden(WEB)]}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (account(registrar="evil.example"), "sip.accounts[0].password"),
        (account(registrar="pbx.example:5070"), "sip.accounts[0].password"),
        (account(domain="evil.example"), "sip.accounts[0].password"),
        (account(secondary_server="evil.example"), "sip.accounts[0].password"),
        (account(proxies=[{"address": "evil.example"}]), "sip.accounts[0].password"),
        (web(url="https://evil.example/notify"), "recipients[0].password"),
        (web(url="https://gate.example:8443/notify"), "recipients[0].password"),
        (web(type="http", url="http://gate.example/notify"), "recipients[0].password"),
        (web(validate_server_certificate=False), "recipients[0].password"),
        (web(proxy_host="evil.example"), "recipients[0].proxy_password"),
        (web(proxy_port=3129), "recipients[0].proxy_password"),
        (mail(host="evil.example"), "recipients[0].password"),
        (mail(port=25), "recipients[0].password"),
        (mail(encryption="none"), "recipients[0].password"),
        (
            {"global_proxies": {"http_proxy": "http://pat@evil.example:3128"}},
            "global_proxies.http_proxy_password",
        ),
    ],
)
def test_a_password_is_not_sent_elsewhere(
    store: SettingsStore, change: dict[str, Any], key: str
) -> None:
    with pytest.raises(BadSettings) as refused:
        store.check(change)
    assert [each.key for each in refused.value.problems] == [key]
    assert "give the password itself" in str(refused.value)
    assert "s3cret" not in str(refused.value)
    with pytest.raises(BadSettings):
        store.change(change, by="eve")


def test_the_sentence_says_whom_it_was_for_and_who_would_get_it(store: SettingsStore) -> None:
    with pytest.raises(BadSettings) as refused:
        store.replace(
            "sip.accounts", account(registrar="evil.example")["sip"]["accounts"], by="eve"
        )
    assert str(refused.value) == (
        "sip.accounts[0].password: is kept for pbx.example, pbx2.example, not for evil.example:"
        " give the password itself with this change"
    )


@pytest.mark.parametrize(
    "change",
    [
        account(name="Exchange", secondary_server=""),
        account(registrar="PBX.example", transport="tls"),
        account(registrar="other.example", password="anew"),
        account(registrar="other.example", password="s3cret"),
        web(url="https://GATE.example:443/other?a=b"),
        web(url="https://other.example/", password="anew"),
        mail(email_to="ann@example.com", port=587),
        mail(host="other.example", password="anew"),
        mail(encryption="ssl"),
        {"global_proxies": {"http_proxy": "http://eve@proxy.example:3128"}},
        {"global_proxies": {"http_proxy": "http://pat@other:1", "http_proxy_password": "anew"}},
        {"recipients": [{**WEB, "name": "new", "url": "https://new.example/"}, hidden(WEB)]},
        {"recipients": []},
    ],
)
def test_what_sends_it_nowhere_else_is_taken(store: SettingsStore, change: dict[str, Any]) -> None:
    store.check(change)


UNREAD = {key: value for key, value in WEB.items() if not key.startswith("proxy")}
PLAIN = {**UNREAD, "type": "http", "url": "http://gate.example/notify"}
UNCHECKED = {**UNREAD, "validate_server_certificate": False}


@pytest.mark.parametrize(
    ("before", "change"),
    [
        (PLAIN, {"recipients": [hidden(PLAIN, proxy_host="evil.example")]}),
        (PLAIN, {"global_proxies": {"http_proxy": "http://evil.example:3128"}}),
        (UNCHECKED, {"recipients": [hidden(UNCHECKED, proxy_host="evil.example")]}),
        (UNCHECKED, {"global_proxies": {"https_proxy": "http://evil.example:3128"}}),
    ],
)
def test_a_proxy_that_could_ask_for_it_does_not_get_it(
    tmp_path: Path, before: dict[str, Any], change: dict[str, Any]
) -> None:
    with SettingsStore.open(tmp_path) as store:
        store.change({"recipients": [before]}, by="admin")
        with pytest.raises(BadSettings) as refused:
            store.check(change)
    [problem] = refused.value.problems
    assert problem.key == "recipients[0].password"
    assert "not for http://evil.example:3128: give the password itself" in str(problem)


@pytest.mark.parametrize(
    ("before", "change"),
    [
        (UNREAD, {"recipients": [hidden(UNREAD, proxy_host="proxy.example")]}),
        (UNREAD, {"global_proxies": {"https_proxy": "http://proxy.example:3128"}}),
        (PLAIN, {"global_proxies": {"https_proxy": "http://proxy.example:3128"}}),
        (PLAIN, {"recipients": [{**PLAIN, "proxy_host": "proxy.example"}]}),
        (
            PLAIN,
            {
                "global_proxies": {
                    "http_proxy": "http://proxy.example:3128",
                    "no_proxy": ["gate.example"],
                }
            },
        ),
        (
            {**PLAIN, "proxy_host": "proxy.example"},
            {"recipients": [hidden(PLAIN)]},
        ),
    ],
)
def test_a_proxy_that_only_passes_it_on_may_change(
    tmp_path: Path, before: dict[str, Any], change: dict[str, Any]
) -> None:
    with SettingsStore.open(tmp_path) as store:
        store.change({"recipients": [before]}, by="admin")
        store.check(change)


def test_an_import_is_no_way_around_it(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store:
        store.change(EVERYTHING, by="admin")
        export = store.export()
        assert HIDDEN in export
        store.restore(export, by="eve")
        with pytest.raises(BadSettings, match="not for evil"):
            store.restore(export.replace("pbx.example", "evil.example"), by="eve")
