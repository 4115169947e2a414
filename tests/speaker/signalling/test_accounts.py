"""What the settings of an account mean to the user agent."""

import pytest

from conf.settings import AccountSettings, Settings
from conf.validation.validate import validate
from sip.account import Account
from sip.flow import Transport
from speaker.signalling.accounts import sip_accounts

INSTANCE = "urn:uuid:00000000-0000-4000-8000-000000000001"
PBX = {
    "id": "pbx",
    "default": True,
    "mode": "registered",
    "user_id": "100",
    "password": "secret word",
    "registrar": "192.0.2.5:5070",
}


def account(sip: dict[str, object] | None = None, **changes: object) -> Account:
    """The one account of these settings."""
    settings = validate({"sip": {**(sip or {}), "accounts": [{**PBX, **changes}]}})
    (made,) = sip_accounts(settings, instance=INSTANCE)
    return made


def test_the_address_of_record_is_the_user_at_the_domain_or_else_at_the_registrar() -> None:
    assert str(account().address_of_record) == "sip:100@192.0.2.5"
    assert str(account(domain="example.com").address_of_record) == "sip:100@example.com"
    assert str(account(domain="[2001:db8::5]").address_of_record) == "sip:100@[2001:db8::5]"


def test_the_registrar_is_the_domain_where_none_is_named() -> None:
    assert str(account().registrar) == "sip:192.0.2.5:5070"
    assert str(account(registrar="", domain="example.com").registrar) == "sip:example.com"


def test_the_user_name_for_the_password_is_the_user_unless_another_is_named() -> None:
    plain, other = account().credentials, account(authentication_id="auth").credentials
    assert plain is not None
    assert other is not None
    assert (plain.username, plain.password) == ("100", "secret word")
    assert other.username == "auth"
    assert account(password="").credentials is None


def test_proxies_have_their_own_credentials_or_none() -> None:
    proxies = [
        {"address": "a.example"},
        {"address": "b.example:5080;transport=tcp", "username": "u", "password": "p"},
    ]
    first, second = account(proxies=proxies).proxies
    assert (str(first.uri), first.credentials) == ("sip:a.example", None)
    assert str(second.uri) == "sip:b.example:5080;transport=tcp"
    assert second.credentials is not None
    assert (second.credentials.username, second.credentials.password) == ("u", "p")


@pytest.mark.parametrize(
    ("written", "transport"),
    [
        ("auto", None),
        ("udp", Transport.UDP),
        ("tcp", Transport.TCP),
        ("tls", Transport.TLS),
    ],
)
def test_auto_leaves_the_transport_to_the_dns(written: str, transport: Transport | None) -> None:
    assert account(transport=written).transport is transport


def test_sips_is_meant_by_every_uri_of_the_account() -> None:
    made = account(sips=True, transport="tls", secondary_server="192.0.2.6")
    uris = [made.address_of_record, made.registrar, made.secondary_server]
    assert [uri and uri.scheme for uri in uris] == ["sips"] * 3
    assert made.sips


def test_what_is_set_for_all_accounts_reaches_each() -> None:
    made = account(
        {
            "register_interval_s": 600,
            "max_retransmissions": 2,
            "seconds_until_failback": 10,
            "udp_to_tcp_switching": False,
            "allow_via_rewrite": False,
            "allow_contact_rewrite": False,
        },
        prefer_ipv6=True,
        follow_redirects=True,
    )
    assert (made.register_interval_s, made.max_retransmissions) == (600, 2)
    assert made.seconds_until_failback == 10
    assert not made.udp_to_tcp_switching
    assert not made.allow_via_rewrite
    assert not made.allow_contact_rewrite
    assert made.prefer_ipv6
    assert made.follow_redirects
    assert made.instance == INSTANCE
    assert made.tls_profile == "pbx"


def test_out_of_the_box_a_peer_to_peer_account_has_no_address_of_its_own() -> None:
    (made,) = sip_accounts(Settings(), instance=INSTANCE)
    assert (made.registrar, made.address_of_record, made.credentials) == (None, None, None)


def test_an_account_that_is_not_active_is_none() -> None:
    asleep = AccountSettings(id="a", default=True, active=False)
    sip = Settings().sip.model_copy(update={"accounts": (asleep,)})
    settings = Settings().model_copy(update={"sip": sip})
    assert list(sip_accounts(settings, instance=INSTANCE)) == []


def test_the_name_shown_is_the_caller_id_or_else_the_devices() -> None:
    assert account().display_name == "Intercom speaker"
    assert account(caller_id="Front door").display_name == "Front door"


def test_no_secret_is_in_what_is_printed_of_an_account() -> None:
    proxies = [{"address": "a.example", "username": "u", "password": "secret word"}]
    assert "secret word" not in repr(account(proxies=proxies))
