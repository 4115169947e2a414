"""Every broken rule is told, in our own words, with its key and value."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as search
from hypothesis import strategies as st

from conf.settings import Settings
from conf.validation.problem import BadSettings
from conf.validation.validate import validate
from tests.conf.validation.trees import TREES

Tables = Mapping[str, Any]

DOOR = {"id": "door", "default": True}
PBX = {
    "id": "pbx",
    "default": True,
    "mode": "registered",
    "user_id": "100",
    "registrar": "pbx.example",
}
ACTION = [{"type": "hang_up"}]


def problems(tables: Tables) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        validate(tables)
    return [str(problem) for problem in caught.value.problems]


def rule(*conditions: object, **others: object) -> Tables:
    return {"rules": [{"name": "r", "conditions": conditions, "action": ACTION, **others}]}


def source(**others: object) -> Tables:
    table = {"label": "fire", "address": "239.1.2.3", "port": 5004, **others}
    return {"multicast": {"sources": [table]}}


def accounts(account: Tables, **others: object) -> Tables:
    return {"sip": {"accounts": [{**account, **others}]}}


def sequences(*tables: Tables) -> Tables:
    return {"sip": {"dtmf_sequences": tables}}


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ({"sip": {"port": 70000}}, "sip.port: 70000 is outside 0..65535"),
        ({"sip": {"port": "5060"}}, 'sip.port: "5060" is not a whole number'),
        ({"sip": {"port": 5060.0}}, "sip.port: 5060.0 is not a whole number"),
        ({"sip": {"port": True}}, "sip.port: true is not a whole number"),
        ({"sip": {"enabled": 1}}, "sip.enabled: 1 is not `true` or `false`"),
        ({"sip": {"codecs": "PCMU"}}, "sip.codecs: is not a list"),
        ({"sip": {"codecs": []}}, "sip.codecs: has 0 entries, which is outside 1..14"),
        ({"sip": {"codecs": ["PCMU", "PCMU"]}}, "sip.codecs: has an entry twice"),
        ({"sip": {"codecs": ["G729"]}}, 'sip.codecs[0]: "G729" is not'),
        ({"sip": {"prot": 5060}}, "sip.prot: is not a setting; did you mean `port`?"),
        ({"spi": {}}, "spi: is not a setting; did you mean `sip`?"),
        ({"sip": 5}, "sip: is not a table"),
        ({"device": {"name": 5}}, "device.name: 5 is not text in quotes"),
        (
            {"device": {"serial": "a b"}},
            'device.serial: "a b" is not at most 32 letters, digits or `-`',
        ),
        ({"audio": {"output_gain_db": 12.5}}, "audio.output_gain_db: 12.5 is outside -60..12"),
        (
            {"audio": {"input_gain_db": float("nan")}},
            "audio.input_gain_db: nan is outside -60..30",
        ),
        ({"audio": {"input_gain_db": "+3"}}, 'audio.input_gain_db: "+3" is not a number'),
        (
            {"sip": {"audio_direction": "sideways"}},
            'sip.audio_direction: "sideways" is not "both", "send" or "receive"',
        ),
        (
            {"sip": {"allowed_callers": ["192.0.2.7/24"]}},
            'sip.allowed_callers[0]: "192.0.2.7/24" is not `local`, `any`, an IP address or a '
            "network such as 192.0.2.0/24",
        ),
        (
            accounts(DOOR, answer_access_code="123"),
            "answer_access_code: is not empty or 4 to 16 of the keys 0-9, A-D, * and #",
        ),
        (
            accounts(DOOR, answer_access_code="1234", dtmf_rtp=False, dtmf_info=False),
            "answer_access_code: cannot be keyed, as `dtmf_rtp` and `dtmf_info` are both off",
        ),
        (
            accounts(DOOR, callers=[{"username": "desk", "password": ""}]),
            "callers[0].password: ",
        ),
        (
            accounts(DOOR, callers=[{"username": "a", "password": "x"}] * 2),
            'sip.accounts[0].callers[1].username: "a" is already used',
        ),
        (
            accounts(DOOR, answer_automatically_to=["somebody"]),
            'answer_automatically_to[0]: "somebody" is not `local`, `any`',
        ),
        ({"sip": {"accounts": [{"default": True}]}}, "sip.accounts[0].id: is missing"),
        (
            {"sip": {"accounts": [{**DOOR, "transport": "sctp"}]}},
            'sip.accounts[0].transport: "sctp" is not "auto", "udp", "tcp" or "tls"',
        ),
        (
            {"sip": {"accounts": [{**DOOR, "mode": "trunk"}]}},
            'sip.accounts[0].mode: "trunk" is not "peer_to_peer" or "registered"',
        ),
        (accounts(PBX, registrar=""), "it needs a `domain` or a `registrar`"),
        (accounts(PBX, user_id=""), "it needs a `user_id`"),
        (
            accounts(PBX, registrar="pbx.example:70000"),
            '"pbx.example:70000" is not a server such as',
        ),
        (accounts(PBX, domain="pbx.example:5060"), "is not a domain name"),
        (accounts(PBX, authentication_id="auth"), "authentication_id: needs a `password`"),
        (accounts(DOOR, password="hunter2", user_id="1"), "or with proxies"),
        (accounts(DOOR, registrar="pbx.example"), 'is for accounts with mode "registered"'),
        (accounts(DOOR, secondary_server="b.example"), 'is for accounts with mode "registered"'),
        (accounts(PBX, password=5), "sip.accounts[0].password: is not text in quotes"),
        (accounts(PBX, password="x" * 200), "password: is longer than 128 characters"),
        (accounts(PBX, proxies=[{"address": ""}]), "proxies[0].address: is missing"),
        (
            accounts(PBX, proxies=[{"address": "a.example", "username": "u"}]),
            "proxies[0]: needs `username` and `password`, or neither",
        ),
        (
            {"sip": {"accounts": [PBX, {**PBX, "id": "again", "default": False}]}},
            "sip.accounts[1]: registers the same address as sip.accounts[0]",
        ),
        (
            {"announcement": {"clip": "../secret"}},
            'announcement.clip: "../secret" is not a clip\'s name',
        ),
        (source(address="192.0.2.1"), '"192.0.2.1" is not a multicast IP address'),
        (source(address="fire"), '"fire" is not a multicast IP address'),
        (source(port=0), "multicast.sources[0].port: 0 is outside 1..65535"),
        (
            sequences({"id": "stop", "sequence": "1x"}),
            'sip.dtmf_sequences[0].sequence: "1x" is not 1 to 64 of the keys 0-9, A-D, * and #',
        ),
        (rule(), "rules[0].conditions: has 0 entries, which is outside 1..16"),
        (rule(5), "rules[0].conditions[0]: has no `event` or `condition` that says what it is"),
        (
            rule({"event": "dtmf.seq"}),
            'rules[0].conditions[0]: "dtmf.seq" is not one of "dtmf.sequence", "dtmf.digit"',
        ),
        (rule({"event": "dtmf.sequence"}), "rules[0].conditions[0].id: is missing"),
        (
            rule({"condition": "call.state", "is": "up"}),
            'rules[0].conditions[0].is: "up" is not "idle", "ringing"',
        ),
        (
            rule({"condition": "device.ready", "is": True}, action=[{"type": "beep"}]),
            'rules[0].action[0].type: "beep" is not one of "play_clip", "speak", "stop_clip",'
            ' "hang_up"',
        ),
        (
            rule({"condition": "device.ready", "is": True}, action=[{}]),
            "rules[0].action[0]: has no `type` that says what it is",
        ),
        (
            rule({"condition": "device.ready", "is": True}, hang_up=True),
            "rules[0].hang_up: is not a setting",
        ),
    ],
)
def test_a_value_that_breaks_its_rule_is_named_with_its_key(tables: Tables, problem: str) -> None:
    (told,) = problems(tables)
    assert problem in told


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        pytest.param(
            {"sip": {"accounts": [DOOR, {"id": "door"}]}},
            'sip.accounts[1].id: "door" is already used by sip.accounts[0]',
            id="an account's id twice",
        ),
        pytest.param(
            {"sip": {"accounts": [{"id": "a"}, {"id": "b"}]}},
            "sip.accounts: no account has `default = true`; exactly one must",
            id="no default account",
        ),
        pytest.param(
            {"sip": {"accounts": [DOOR, {"id": "b", "default": True}]}},
            "sip.accounts[1].default: true is already set for sip.accounts[0]; only one may be",
            id="two default accounts",
        ),
        pytest.param(
            {"sip": {"accounts": [{**DOOR, "sips": True, "transport": "tcp"}]}},
            'sip.accounts[0].sips: true needs `transport = "tls"`, which is "tcp"',
            id="sips without TLS",
        ),
        pytest.param(
            {"sip": {"accounts": [{**DOOR, "media_key_exchange": "dtls"}]}},
            'sip.accounts[0].media_key_exchange: "dtls" needs `media_encryption = "mandatory"` or'
            ' `"best_effort"`',
            id="keys by DTLS for plain sound",
        ),
        pytest.param(
            sequences({"id": "stop", "sequence": "1", "accounts": ["gate"]}),
            'sip.dtmf_sequences[0].accounts[0]: "gate" is not the id of an account',
            id="a sequence of an unknown account",
        ),
        pytest.param(
            sequences({"id": "stop", "sequence": "1"}, {"id": "stop", "sequence": "2"}),
            'sip.dtmf_sequences[1].id: "stop" is already used by sip.dtmf_sequences[0]',
            id="a sequence's id twice",
        ),
        pytest.param(
            sequences({"id": "a", "sequence": "1"}, {"id": "b", "sequence": "1"}),
            'sip.dtmf_sequences[1].sequence: "1" is already used by sip.dtmf_sequences[0]',
            id="the same keys twice in one account",
        ),
        pytest.param(
            {"multicast": {"sources": [*source()["multicast"]["sources"]] * 2}},
            'multicast.sources[1].label: "fire" is already used by multicast.sources[0]',
            id="a label twice",
        ),
        pytest.param(
            {"rules": [*rule({"event": "clip.finished"})["rules"]] * 2},
            'rules[1].name: "r" is already used by rules[0]',
            id="a rule's name twice",
        ),
        pytest.param(
            rule({"event": "dtmf.sequence", "id": "stop"}),
            'rules[0].conditions[0].id: "stop" is not the id of a DTMF sequence',
            id="an unknown sequence",
        ),
        pytest.param(
            rule({"condition": "call.state", "is": "talking", "account": "gate"}),
            'rules[0].conditions[0].account: "gate" is not the id of an account',
            id="an unknown account in a rule",
        ),
        pytest.param(
            rule({"condition": "multicast.active", "is": True, "source": "fire"}),
            'rules[0].conditions[0].source: "fire" is not the label of a source',
            id="an unknown source",
        ),
        pytest.param(
            rule({"event": "clip.finished"}, {"event": "clip.finished"}),
            "rules[0].conditions[1]: is a second `event`; two never occur at the same time",
            id="two events",
        ),
    ],
)
def test_values_that_do_not_fit_together_are_told(tables: Tables, expected: str) -> None:
    assert problems(tables) == [expected]


def test_the_same_keys_may_mean_two_things_in_different_accounts() -> None:
    validate(
        {
            "sip": {
                "accounts": [DOOR, {"id": "gate"}],
                "dtmf_sequences": [
                    {"id": "a", "sequence": "1", "accounts": ["door"]},
                    {"id": "b", "sequence": "1", "accounts": ["gate"]},
                ],
            }
        }
    )


def test_problems_of_values_and_between_them_are_told_together() -> None:
    told = problems(
        {
            "sip": {"port": -1, "accounts": [DOOR, {"id": "door", "transport": "sctp"}]},
            "audio": {"gain": 1},
        }
    )
    assert [problem.split(":")[0] for problem in told] == [
        "sip.port",
        "sip.accounts[1].transport",
        "audio.gain",
        "sip.accounts[1].id",
    ]


def test_there_may_be_256_rules_and_no_more() -> None:
    many = [{**rule({"event": "clip.finished"})["rules"][0], "name": str(i)} for i in range(257)]
    validate({"rules": many[:256]})
    assert problems({"rules": many}) == ["rules: has 257 entries, which is outside 0..256"]


def test_the_value_of_an_unknown_key_is_not_shown_as_it_may_be_secret() -> None:
    told = problems({"sip": {"accounts": [{**DOOR, "pasword": "hunter2"}]}, "secret": "hunter2"})
    assert len(told) == 2
    assert "hunter2" not in "".join(told)


def test_a_long_value_is_cut() -> None:
    (told,) = problems({"sip": {"port": "x" * 1000}})
    assert len(told) < 150


def test_a_problem_takes_one_line_whatever_the_key_or_value() -> None:
    told = problems({"a\nb": 1, "device": {"name": "a\nb"}})
    assert told == [
        'device.name: "a\\nb" is not at most 64 characters without controls',
        '"a\\nb": is not a setting',
    ]


@search(deadline=None)
@given(st.dictionaries(st.sampled_from([*Settings.model_fields, "x"]), TREES))
def test_no_tree_of_values_does_more_than_break_rules_that_are_in_our_words(tables: Tables) -> None:
    try:
        validate(tables)
    except BadSettings as error:
        told = "\n".join(str(problem) for problem in error.problems)
        assert "Input should" not in told
        assert "\n\n" not in told


def test_no_problem_with_a_password_shows_it() -> None:
    for password in (5, "hunter2\n", "hunter2" * 50, ["hunter2"]):
        told = problems(accounts({**PBX, "password": password}))
        assert "hunter2" not in "".join(told)
        assert len(told) == 1


def test_a_registered_account_with_everything_is_good() -> None:
    proxies = [{"address": "sbc.example:5061", "username": "u", "password": "p"}]
    settings = validate(
        accounts(
            PBX,
            domain="example.com",
            password="hunter2",
            authentication_id="auth",
            secondary_server="192.0.2.6:5070",
            proxies=proxies,
            transport="auto",
            prefer_ipv6=True,
        )
    )
    (account,) = settings.sip.accounts
    assert account.password.reveal() == "hunter2"
    assert account.proxies[0].password.reveal() == "p"
