"""What an installer is told of calls without a server."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from conf.settings import AccountSettings, SipSettings
from speaker.sip_setup.direct import Reach, direct_steps
from speaker.trial.trial_report import Step

REACH = Reach(address="192.0.2.7", port=5060, tls_port=5061)


def steps(
    sip: Mapping[str, object] = MappingProxyType({}), *, reach: Reach = REACH, user: str = ""
) -> list[Step]:
    account = AccountSettings(id="direct", default=True, user_id=user)
    settings = SipSettings.model_validate({"accounts": (account,), **sip})
    return list(direct_steps(settings, account, reach))


def words(found: list[Step]) -> str:
    return "\n".join(f"{each.result.value} {each.words}" for each in found)


def test_the_address_to_dial_is_told() -> None:
    assert "ok phones call sip:192.0.2.7\n" in words(steps())
    other = Reach(address="[2001:db8::7]", port=5070, tls_port=5071)
    assert "ok phones call sip:door@[2001:db8::7]:5070\n" in words(steps(reach=other, user="door"))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"allow_incoming_calls": False}, "failed the speaker takes no calls"),
        ({"allowed_callers": ()}, "failed nobody may call"),
        ({"allowed_callers": ("any",)}, "ok anybody who reaches the speaker may call"),
        (
            {"allowed_callers": ("192.0.2.9",)},
            "ok these may call (`sip.allowed_callers`): 192.",
        ),
        ({}, "ok phones in private networks and on this machine may call"),
    ],
)
def test_who_may_call_is_told(settings: dict[str, object], expected: str) -> None:
    assert expected in words(steps(settings))


def test_an_address_of_this_machine_only_is_pointed_out() -> None:
    own = Reach(address="127.0.0.1", port=5060, tls_port=5061)
    assert "where only this machine can call it" in words(steps(reach=own))


def test_the_ports_that_a_firewall_has_to_let_in_are_told() -> None:
    told = words(steps({"rtp_start_port": 4000, "max_calls": 2}))
    assert "UDP and TCP port 5060" in told
    assert "TCP port 5061 for TLS" in told
    assert "UDP from port 4000 (to 4004 at least) for sound" in told
