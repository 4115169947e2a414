"""Who may call, and how the call is answered."""

from conf.settings import AccountSettings, SipSettings
from sip.session.auto_answer import AutoAnswerWish
from speaker.admission import Admitted, Answering, Refused, judge
from tests.speaker.calling import call_from

OUT_OF_THE_BOX = SipSettings()


def sip_with(*accounts: AccountSettings, **settings: object) -> SipSettings:
    """Settings with these accounts, the first of which is the default one."""
    return SipSettings.model_validate({"accounts": accounts, **settings})


BY_HAND = AccountSettings(id="door", default=True, answer_automatically=False)
WHEN_ASKED = AccountSettings(
    id="door", default=True, answer_automatically=False, answer_when_asked=True
)


def test_out_of_the_box_a_neighbour_is_answered_automatically() -> None:
    verdict = judge(call_from("192.168.0.5"), OUT_OF_THE_BOX, calls_up=0)
    assert isinstance(verdict, Admitted)
    assert verdict.answering is Answering.AUTOMATICALLY


def test_out_of_the_box_a_stranger_is_refused_whatever_he_wishes() -> None:
    call = call_from("8.8.8.8", wish=AutoAnswerWish())
    assert judge(call, OUT_OF_THE_BOX, calls_up=0) == Refused(
        403, "8.8.8.8 is not among sip.allowed_callers"
    )


def test_a_call_too_many_hears_busy() -> None:
    verdict = judge(call_from("127.0.0.1"), sip_with(BY_HAND, max_calls=2), calls_up=2)
    assert isinstance(verdict, Refused)
    assert verdict.code == 486


def test_a_stranger_does_not_learn_that_the_speaker_is_busy() -> None:
    verdict = judge(call_from("8.8.8.8"), OUT_OF_THE_BOX, calls_up=1)
    assert isinstance(verdict, Refused)
    assert verdict.code == 403


def test_incoming_calls_can_be_switched_off() -> None:
    settings = sip_with(BY_HAND, allow_incoming_calls=False)
    verdict = judge(call_from("127.0.0.1"), settings, calls_up=0)
    assert isinstance(verdict, Refused)
    assert verdict.code == 403


def test_the_wish_of_the_caller_counts_only_where_the_account_grants_it() -> None:
    call = call_from("127.0.0.1", wish=AutoAnswerWish(delay_s=3.0))
    granted = judge(call, sip_with(WHEN_ASKED), calls_up=0)
    ignored = judge(call, sip_with(BY_HAND), calls_up=0)
    assert isinstance(granted, Admitted)
    assert (granted.answering, granted.delay_s) == (Answering.AUTOMATICALLY, 3.0)
    assert isinstance(ignored, Admitted)
    assert ignored.answering is Answering.BY_HAND


def test_without_a_wish_such_an_account_rings() -> None:
    verdict = judge(call_from("127.0.0.1"), sip_with(WHEN_ASKED), calls_up=0)
    assert isinstance(verdict, Admitted)
    assert verdict.answering is Answering.BY_HAND


def test_a_required_wish_that_is_not_granted_is_refused() -> None:
    """RFC 5373 §4.3."""
    call = call_from("127.0.0.1", wish=AutoAnswerWish(required=True))
    verdict = judge(call, sip_with(BY_HAND), calls_up=0)
    assert isinstance(verdict, Refused)
    assert verdict.code == 403


def test_the_account_is_the_one_that_the_request_uri_names_else_the_default_one() -> None:
    gate = AccountSettings(id="gate", user_id="gate", answer_automatically=False)
    settings = sip_with(AccountSettings(id="all", default=True), gate)
    named = judge(call_from("127.0.0.1", to="gate"), settings, calls_up=0)
    other = judge(call_from("127.0.0.1", to="whoever"), settings, calls_up=0)
    assert isinstance(named, Admitted)
    assert isinstance(other, Admitted)
    assert (named.account.id, other.account.id) == ("gate", "all")


def test_an_inactive_account_takes_no_calls() -> None:
    settings = sip_with(AccountSettings(id="off", default=True, active=False))
    verdict = judge(call_from("127.0.0.1"), settings, calls_up=0)
    assert isinstance(verdict, Refused)
    assert verdict.code == 404
