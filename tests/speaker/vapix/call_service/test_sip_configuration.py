"""What VAPIX says of SIP, and the settings that it is."""

from typing import Any

import pytest

from conf.settings import SipSettings
from speaker.vapix.call_service.fault import Fault
from speaker.vapix.call_service.sip_configuration import changed_sip, sip_configuration
from speaker.vapix.error_family import ApiError
from speaker.vapix.fields import Fields

OURS = SipSettings()


def changed(given: dict[str, Any], sip: SipSettings = OURS, *, keep: bool = True) -> dict[str, Any]:
    return changed_sip(Fields(given), sip, keep=keep)


def test_what_a_speaker_is_from_the_start() -> None:
    told = sip_configuration(OURS)
    assert {key: value for key, value in told.items() if key != "Attribute"} == {
        "SIPEnabled": True,
        "AllowIncomingCalls": True,
        "SIPPort": 5060,
        "SIPTLSPort": 5061,
        "RTPStartPort": 4000,
        "CallingTimeout": 60,
        "AnsweringTimeout": 60,
        "STUNEnabled": False,
        "STUNServers": [],
        "TURNEnabled": False,
        "TURNServers": [],
        "ICEEnabled": False,
        "ApplyUserAuthentication": False,
        "AllowedUsers": [],
        "ApplyAccessList": True,
        "ApplyAllowedURIs": True,
        "AccessList": ["local"],
        "AllowedURIs": ["local"],
        "AccessListPolicy": "Allow",
    }


@pytest.mark.parametrize(
    "sip",
    [
        OURS,
        SipSettings(allowed_callers=("any", "desk@pbx.example", "@pbx.example", "192.0.2.0/24")),
        SipSettings(udp_to_tcp_switching=False, end_calls_after_s=0, port=0, enabled=False),
    ],
)
def test_what_is_told_can_be_sent_back_and_changes_nothing(sip: SipSettings) -> None:
    change = changed(sip_configuration(sip), sip)
    change["allowed_callers"] = tuple(change["allowed_callers"])
    assert sip.model_copy(update=change) == sip


@pytest.mark.parametrize(
    ("given", "change"),
    [
        ({}, {}),
        ({"SIPEnabled": False}, {"enabled": False}),
        ({"SIPPort": 5070, "CallingTimeout": 30}, {"port": 5070, "calling_timeout_s": 30}),
        ({"AnsweringTimeout": 45}, {"incoming_call_duration_s": 45}),
        ({"ApplyAccessList": False}, {"allowed_callers": ["any", "local"]}),
        (
            {"AccessList": ["sip:desk@pbx.example", "sip:192.0.2.7"]},
            {"allowed_callers": ["desk@pbx.example", "192.0.2.7"]},
        ),
        ({"AllowedURIs": ["local"], "AccessList": ["any"]}, {"allowed_callers": ["any"]}),
        ({"AllowedURIs": ["@a.example"]}, {"allowed_callers": ["@a.example"]}),
        (
            {"Attribute": [{"Name": "DisableTCPSwitch", "Value": "true"}]},
            {"udp_to_tcp_switching": False},
        ),
        (
            {"Attribute": [{"Name": "MaxCallDuration", "Value": 600}]},
            {"end_calls_after_s": 600},
        ),
        ({"Attribute": [{"Name": "NobodyKnows", "Value": "1"}]}, {}),
        ({"Attribute": [{"Name": "MaxCallDuration", "Value": "3600"}]}, {}),
        ({"STUNEnabled": False, "STUNServers": [], "AllowedUsers": None}, {}),
        ({"SomethingNewer": 5}, {}),
    ],
)
def test_a_field_is_the_setting_that_it_means(
    given: dict[str, Any], change: dict[str, Any]
) -> None:
    changes = {key: list(v) if isinstance(v, tuple) else v for key, v in changed(given).items()}
    assert changes == change


def test_without_keep_current_the_rest_goes_back_to_its_default() -> None:
    change = changed({"SIPPort": 5070}, keep=False)
    assert change["port"] == 5070
    assert change["allowed_callers"] is None
    assert change["udp_to_tcp_switching"] is None
    assert "accounts" not in change


@pytest.mark.parametrize(
    "given",
    [
        {"STUNEnabled": True},
        {"TURNServers": [{"Server": "turn.example", "Username": "a", "Password": "b"}]},
        {"ICEEnabled": "true"},
        {"AllowedUsers": ["somebody"]},
        {"AccessListPolicy": "Block"},
    ],
)
def test_what_the_speaker_cannot_do_is_refused_and_not_forgotten(given: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        changed(given)
    assert caught.value.kind.sub_code == "ter:NotSupported"


@pytest.mark.parametrize(
    "given",
    [
        {"SIPEnabled": "yes"},
        {"SIPPort": -1},
        {"SIPPort": True},
        {"SIPPort": 10**12},
        {"AccessList": "local"},
        {"AccessList": [5]},
        {"Attribute": {}},
        {"Attribute": [{"Name": "MaxCallDuration"}]},
        {"Attribute": [{"Name": "MaxCallDuration", "Value": "soon"}]},
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        changed(given)
