"""What VAPIX says of an account, and the settings that it is."""

from typing import Any

import pytest

from conf.settings import AccountSettings, SipSettings
from conf.validation.validate import validate
from speaker.vapix.call_service.fault import Fault
from speaker.vapix.call_service.sip_account import changed_account, sip_account
from speaker.vapix.fields import Fields

DOOR = {"id": "door", "default": True}
PBX = {
    "id": "pbx",
    "default": True,
    "mode": "registered",
    "user_id": "100",
    "registrar": "pbx.example",
    "password": "secret",
    "secondary_server": "backup.example",
    "proxies": [{"address": "proxy.example", "username": "p", "password": "q"}],
}


def account(**tables: Any) -> AccountSettings:
    return validate({"sip": {"accounts": [tables]}}).sip.accounts[0]


def plain(settings: AccountSettings) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude_none=True)


def told(settings: AccountSettings) -> dict[str, Any]:
    return sip_account(settings, SipSettings())


def changed(settings: AccountSettings, **given: Any) -> dict[str, Any]:
    return changed_account(Fields(given), plain(settings), told(settings))


def test_an_account_is_told_without_its_passwords() -> None:
    shown = told(account(**PBX))
    assert shown["Registrar"] == "pbx.example"
    assert shown["PublicDomain"] is None
    assert shown["Password"] == ""
    assert shown["SIPProxies"] == [{"Server": "proxy.example", "Username": "p", "Password": ""}]
    assert "secret" not in str(shown)
    assert "(hidden)" not in str(shown)


@pytest.mark.parametrize(
    "tables",
    [
        DOOR,
        PBX,
        {**DOOR, "transport": "auto", "tls_version": "1.3", "domain": "door.example"},
        {**PBX, "transport": "tls", "sips": True, "media_encryption": "mandatory"},
    ],
)
def test_what_is_told_can_be_sent_back_and_changes_nothing(tables: dict[str, Any]) -> None:
    settings = account(**tables)
    assert changed(settings, **told(settings)) == plain(settings)


@pytest.mark.parametrize(
    ("given", "change"),
    [
        ({"Enabled": False}, {"active": False}),
        ({"AutoAnswerEnabled": False}, {"answer_automatically": False}),
        ({"Name": "Front", "CallerId": "Door"}, {"name": "Front", "caller_id": "Door"}),
        ({"Transport": "TCP"}, {"transport": "tcp"}),
        ({"SIPSEnabled": True}, {"sips": True, "transport": "tls"}),
        ({"MediaEncryption": "SRTPMandatory"}, {"media_encryption": "mandatory"}),
        ({"EncryptionProtocols": "TLSv1,TLSv11,TLSv12"}, {"tls_version": "1.2"}),
        ({"EncryptionProtocols": "TLSv1.3"}, {"tls_version": "1.3"}),
        ({"EncryptionProtocols": "Automatic"}, {"tls_version": "auto"}),
        ({"Certificate": "door"}, {"certificate": "door"}),
        ({"PrioritizeIPv6": True}, {"prefer_ipv6": True}),
        ({"DTMFConfigurationId": "", "StreamParameters": None}, {}),
        (
            {"Registrar": "pbx.example", "UserId": "7", "Password": "x"},
            {"registrar": "pbx.example", "user_id": "7", "password": "x", "mode": "registered"},
        ),
        (
            {"PublicDomain": "pbx.example", "UserId": "7"},
            {"domain": "pbx.example", "user_id": "7", "mode": "registered"},
        ),
    ],
)
def test_a_field_is_the_setting_that_it_means(
    given: dict[str, Any], change: dict[str, Any]
) -> None:
    settings = account(**DOOR)
    assert changed(settings, **given) == plain(settings) | change


@pytest.mark.parametrize("password", ["", None, "(hidden)"])
def test_a_password_that_is_not_given_stays(password: str | None) -> None:
    settings = account(**PBX)
    proxies = [{"Server": "proxy.example", "Username": "p", "Password": password}]
    now = changed(settings, Password=password, SIPProxies=proxies)
    assert now["password"] == "(hidden)"
    assert now["proxies"] == [{"address": "proxy.example", "username": "p", "password": "(hidden)"}]


@pytest.mark.parametrize(("server", "username"), [("other.example", "p"), ("proxy.example", "x")])
def test_the_password_of_one_proxy_is_not_given_to_another(server: str, username: str) -> None:
    proxies = [{"Server": server, "Username": username, "Password": ""}]
    (proxy,) = changed(account(**PBX), SIPProxies=proxies)["proxies"]
    assert proxy == {"address": server, "username": username}


def test_an_account_without_a_server_is_peer_to_peer_and_has_no_password() -> None:
    now = changed(account(**PBX), Registrar=None, SIPProxies=[])
    assert now["mode"] == "peer_to_peer"
    assert not {"password", "secondary_server"} & now.keys()


@pytest.mark.parametrize(
    ("given", "sub_code"),
    [
        ({"Transport": "sctp"}, "ter:InvalidArgVal"),
        ({"MediaEncryption": "SRTP"}, "ter:InvalidArgVal"),
        ({"EncryptionProtocols": "SSLv3"}, "ter:InvalidArgVal"),
        ({"EncryptionProtocols": "TLSv1,TLSv11"}, "ter:NotSupported"),
        ({"AllowMWI": True}, "ter:NotSupported"),
        ({"SecondarySIPProxies": [{"Server": "a"}]}, "ter:NotSupported"),
        ({"SecondaryPublicDomain": "b.example"}, "ter:NotSupported"),
        ({"StreamParameters": "fps=5"}, "ter:NotSupported"),
        ({"DTMFConfigurationId": "mine"}, "ter:NotSupported"),
    ],
)
def test_what_the_speaker_does_not_know_is_refused(given: dict[str, Any], sub_code: str) -> None:
    with pytest.raises(Fault) as caught:
        changed(account(**DOOR), **given)
    assert caught.value.kind.sub_code == sub_code
