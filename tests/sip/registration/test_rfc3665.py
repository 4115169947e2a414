"""The flows of RFC 3665 §2 that a user agent such as ours takes part in."""

from sip.account import RegistrationState
from sip.authentication.credentials import Credentials
from sip.flow import Address
from sip.syntax.message import Request, Response
from tests.sip.town import Server, Town, account

S = RegistrationState


class Biloxi(Server):
    """The registrar of the examples, with the flow that it sees."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.flow: list[str] = []

    def answer(self, request: Request, source: Address, now: float) -> list[Response]:
        answers = super().answer(request, source, now)
        self.flow += [request.method, *(str(response.code) for response in answers)]
        return answers


def bob(biloxi: Biloxi, password: str = "sesame") -> Town:
    town = Town(biloxi)
    town.add(account(credentials=Credentials("door", password)))
    town.run()
    return town


def test_successful_new_registration() -> None:
    """§2.1."""
    biloxi = Biloxi("192.0.2.10")
    bob(biloxi)
    assert biloxi.flow == ["REGISTER", "401", "REGISTER", "200"]


def test_update_of_the_contact_list() -> None:
    """§2.2: another address for the same user beside what is there."""
    biloxi = Biloxi("192.0.2.10")
    biloxi.bindings["sip:door@office.example"] = 1e9
    town = bob(biloxi)
    assert len(biloxi.bound(town.now)) == 2
    town.do(town.agent.remove_account("door", town.now))
    town.run()
    assert biloxi.bound(town.now) == ["sip:door@office.example"], "somebody else's stays"


def test_cancellation_of_registration() -> None:
    """§2.4; with the nonce that is known, and so without a challenge."""
    biloxi = Biloxi("192.0.2.10")
    town = bob(biloxi)
    biloxi.flow.clear()
    town.do(town.agent.remove_account("door", town.now))
    town.run()
    assert biloxi.flow == ["REGISTER", "200"]
    assert biloxi.bound(town.now) == []


def test_unsuccessful_registration() -> None:
    """§2.5: the second 401 is the last."""
    biloxi = Biloxi("192.0.2.10")
    town = bob(biloxi, "wrong")
    town.run(3600)
    assert biloxi.flow == ["REGISTER", "401", "REGISTER", "401"]
    assert town.states[-1] is S.REFUSED
