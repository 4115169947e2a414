"""An account and its registrar (RFC 3261 §10, RFC 5626)."""

from sip.account import RegistrationChanged, RegistrationState
from tests.sip.town import Server, Town, account

S = RegistrationState


def test_a_challenged_registration_ends_registered() -> None:
    """RFC 3261 §10.2, §22.2: the second REGISTER has the next CSeq and the same Call-ID."""
    pbx = Server("192.0.2.10")
    town = Town(pbx)
    town.add(account())
    town.run()
    assert town.states == [S.REGISTERING, S.REGISTERED]
    first, second = town.requests("REGISTER")
    assert (first.cseq.number, second.cseq.number) == (1, 2)
    assert first.call_id == second.call_id
    assert "Authorization" in second.headers
    assert "Authorization" not in first.headers
    assert str(first.uri) == "sip:192.0.2.10"
    assert len(pbx.bound(town.now)) == 1
    (_, registered) = town.told(RegistrationChanged)
    assert registered.until is not None
    assert 290 < registered.until - town.now <= 300
