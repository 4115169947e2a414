"""Which account a call is for."""

from dataclasses import replace

from conf.settings import AccountSettings
from sip.flow import Transport
from sip.session.events import IncomingCall
from sip.syntax.uri import OpaqueUri
from speaker.calls.account_matching import match_account
from tests.speaker.calling import call_from

PEER = AccountSettings(id="peer", default=True)
DOOR = AccountSettings(id="door", user_id="100")
GATE = AccountSettings(id="gate", user_id="200", transport="tcp")
CALLER = "192.0.2.20"


def account_of(call: IncomingCall, *accounts: AccountSettings) -> str | None:
    match = match_account(call, accounts)
    return None if match is None else match.account.id


def renamed(account: AccountSettings, name: str, **changes: object) -> AccountSettings:
    """The account of the same user on another PBX."""
    return account.model_copy(update={"id": name, **changes})


def test_the_user_that_was_called_decides() -> None:
    assert account_of(call_from(CALLER, to="200"), PEER, DOOR, GATE) == "gate"


def test_the_address_that_an_account_has_registered_is_that_accounts() -> None:
    call = replace(call_from(CALLER, to="200"), registered_contact="door")
    assert account_of(call, PEER, DOOR, GATE) == "door"


def test_an_escaped_user_is_the_same_user() -> None:
    star = AccountSettings(id="star", user_id="*5")
    assert account_of(call_from(CALLER, to="%2A5"), PEER, star) == "star"


def test_of_the_same_user_on_two_servers_it_is_the_one_whose_server_calls() -> None:
    other = renamed(DOOR, "other", default=True)
    call = call_from(CALLER, to="100", from_servers_of=("door",))
    assert account_of(call, other, DOOR) == "door"
    assert account_of(call, DOOR, other) == "door"


def test_else_the_one_whose_domain_was_called() -> None:
    there = renamed(DOOR, "there", domain="pbx.example")
    call = call_from(CALLER, to="100", domain="PBX.example")
    assert account_of(call, DOOR, there) == "there"


def test_else_the_one_of_the_same_transport() -> None:
    by_tcp = renamed(DOOR, "tcp", transport="tcp")
    assert account_of(call_from(CALLER, to="100"), by_tcp, DOOR) == "door"
    call = call_from(CALLER, to="100", transport=Transport.TCP)
    assert account_of(call, DOOR, by_tcp) == "tcp"


def test_a_number_that_nobody_has_goes_to_the_account_of_the_server_that_calls() -> None:
    """A trunk calls by the outside number."""
    call = call_from(CALLER, to="+15550100", from_servers_of=("gate",))
    assert account_of(call, PEER, DOOR, GATE) == "gate"


def test_a_direct_call_by_any_name_goes_to_the_account_without_a_user() -> None:
    default = renamed(DOOR, "default", default=True)
    direct = renamed(PEER, "direct", default=False)
    assert account_of(call_from(CALLER, to="speaker"), default, direct) == "direct"


def test_else_the_default_account_takes_it() -> None:
    default = renamed(DOOR, "default", default=True)
    assert account_of(call_from(CALLER, to="speaker"), GATE, default) == "default"


def test_an_account_that_is_not_active_takes_no_call() -> None:
    asleep = renamed(DOOR, "door", active=False)
    call = call_from(CALLER, to="100", from_servers_of=("door",))
    assert account_of(call, asleep, PEER) == "peer"
    assert account_of(call, asleep, renamed(PEER, "peer", active=False)) is None


def test_a_uri_that_is_no_sip_uri_names_nobody() -> None:
    call = call_from(CALLER)
    call = replace(call, request=replace(call.request, uri=OpaqueUri("tel", "100")))
    assert account_of(call, DOOR, PEER) == "peer"


def test_it_is_told_whether_the_call_came_from_the_accounts_server_and_how_it_was_found() -> None:
    served = match_account(call_from(CALLER, to="100", from_servers_of=("door",)), (PEER, DOOR))
    direct = match_account(call_from(CALLER, to="100"), (PEER, DOOR))
    assert served is not None
    assert direct is not None
    assert (served.from_server, direct.from_server) == (True, False)
    assert served.why == "'100' was called"
