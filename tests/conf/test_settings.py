"""What settings are out of the box, and what each one takes."""

import pytest
from pydantic import ValidationError

from conf.settings import Settings
from conf.validation.problem import BadSettings
from conf.validation.validate import validate


def test_out_of_the_box_one_peer_to_peer_account_answers_automatically_on_port_5060() -> None:
    settings = Settings()
    (account,) = settings.sip.accounts
    assert account == settings.sip.default_account
    assert (account.id, account.mode, account.active) == ("peer_to_peer", "peer_to_peer", True)
    assert account.answer_automatically
    assert (settings.sip.enabled, settings.sip.allow_incoming_calls) == (True, True)
    assert settings.sip.allowed_callers == ("local",)
    assert (settings.sip.port, settings.sip.rtp_start_port) == (5060, 4000)
    assert settings.announcement.clip == ""


def test_the_defaults_keep_their_own_rules() -> None:
    assert validate({}) == Settings()
    assert validate(Settings().model_dump(by_alias=True)) == Settings()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().sip.port = 1


def test_a_sequence_counts_in_the_calls_of_its_accounts_or_of_all() -> None:
    settings = validate(
        {
            "sip": {
                "accounts": [{"id": "door", "default": True}, {"id": "gate"}],
                "dtmf_sequences": [
                    {"id": "all", "sequence": "1"},
                    {"id": "one", "sequence": "2#", "accounts": ["gate"]},
                ],
            }
        }
    )
    assert settings.sip.sequences_of("door") == {"all": "1"}
    assert settings.sip.sequences_of("gate") == {"all": "1", "one": "2#"}


def test_whole_numbers_may_stand_for_numbers_but_not_the_other_way_round() -> None:
    assert validate({"audio": {"output_gain_db": -6}}).audio.output_gain_db == -6.0


def test_a_rule_keeps_the_order_of_its_conditions_and_actions() -> None:
    table = {
        "name": "Key 1",
        "conditions": [
            {"event": "dtmf.digit", "digit": "1"},
            {"condition": "call.state", "is": "talking", "account": "peer_to_peer"},
        ],
        "action": [{"type": "play_clip", "clip": "chime.wav", "repeat": 2}, {"type": "hang_up"}],
    }
    (rule,) = validate({"rules": [table]}).rules
    assert [condition.attributes() for condition in rule.conditions] == [
        {"digit": "1"},
        {"account": "peer_to_peer"},
    ]
    assert [action.type for action in rule.action] == ["play_clip", "hang_up"]


@pytest.mark.parametrize("seconds", [1, 45, 89])
def test_a_session_timer_is_off_or_at_least_90_seconds(seconds: int) -> None:
    """RFC 4028 §4."""
    with pytest.raises(BadSettings, match="at least 90"):
        validate({"sip": {"session_timer_s": seconds}})
    for allowed in (0, 90):
        assert validate({"sip": {"session_timer_s": allowed}}).sip.session_timer_s == allowed
