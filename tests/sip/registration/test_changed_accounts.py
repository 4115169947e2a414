"""Accounts that are changed while they are registered (RFC 3261 §10.2.2, RFC 5626 §4.2)."""

from sip.account import RegistrationChanged, RegistrationState
from sip.authentication.credentials import Credentials
from sip.flow import Address
from sip.syntax.message import Request, Response
from sip.syntax.uri import SipUri
from tests.sip.town import PASSWORD, Link, Server, Town, account

S = RegistrationState
OTHER = "sip:192.0.2.20"


class KnowsDevices(Server):
    """A registrar with one binding for each device, as RFC 5626 §6 has it."""

    def answer(self, request: Request, source: Address, now: float) -> list[Response]:
        if request.method == "REGISTER" and "Authorization" in request.headers:
            self.bindings.clear()
        return super().answer(request, source, now)


def registered(*servers: Server) -> Town:
    town = Town(*servers)
    town.add(account())
    town.run()
    assert town.states == [S.REGISTERING, S.REGISTERED]
    return town


def change(town: Town, **changes: str) -> None:
    town.add(account(**changes))  # type: ignore[arg-type]
    town.run()


def test_an_account_with_the_same_settings_stays_as_it_is() -> None:
    town = registered(Server("192.0.2.10"))
    sent = len(town.sent)
    town.add(account())
    town.run()
    assert len(town.sent) == sent


def test_a_changed_account_registers_when_its_old_contact_is_gone() -> None:
    """Or a server with one binding for each device would forget the new one for the old one."""
    pbx = KnowsDevices("192.0.2.10")
    town = registered(pbx)
    change(town, display_name="Gate")
    assert len(pbx.bound(town.now)) == 1
    assert [request.expires for request in town.requests("REGISTER")] == [300, 300, 0, 300, 300]
    assert town.states[2:] == [S.UNREGISTERING, S.UNREGISTERED, S.REGISTERING, S.REGISTERED]
    assert "Gate" in str(town.requests("REGISTER")[-1].to)


def test_another_server_is_asked_at_once_and_what_the_old_one_says_is_no_news() -> None:
    old, new = Server("192.0.2.10", link=Link.UP), Server("192.0.2.20")
    town = registered(old, new)
    old.link = Link.SILENT
    town.add(account(OTHER, address_of_record=SipUri.parse("sip:door@192.0.2.20")))
    town.run(120)
    assert town.states[2:] == [S.UNREGISTERING, S.REGISTERING, S.REGISTERED]
    assert town.told(RegistrationChanged)[-1].server == OTHER
    assert len(new.bound(town.now)) == 1


def test_a_password_is_corrected_at_once() -> None:
    pbx = Server("192.0.2.10")
    town = Town(pbx)
    town.add(account(credentials=Credentials("door", "guess")))
    town.run()
    town.add(account(credentials=Credentials("door", PASSWORD)))
    town.run()
    assert S.REFUSED in town.states
    assert town.states[-1] is S.REGISTERED


def test_an_account_that_is_removed_while_it_waits_for_its_old_contact_is_not_registered() -> None:
    pbx = Server("192.0.2.10")
    town = registered(pbx)
    town.add(account(display_name="Gate"))
    town.do(town.agent.remove_account("door", town.now))
    town.run(60)
    assert pbx.bound(town.now) == []
    assert town.states[-1] is S.UNREGISTERED
    assert town.agent.remembered == 0


def test_of_two_changes_at_once_the_last_one_counts() -> None:
    pbx = KnowsDevices("192.0.2.10")
    town = registered(pbx)
    town.add(account(display_name="Gate"))
    change(town, display_name="Yard")
    assert len(pbx.bound(town.now)) == 1
    assert "Yard" in str(town.requests("REGISTER")[-1].to)
    assert not any("Gate" in str(request.to) for request in town.requests("REGISTER"))
