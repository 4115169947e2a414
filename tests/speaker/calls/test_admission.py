"""Who may call, and how the call is answered."""

from collections.abc import Callable
from typing import Any

import pytest

from conf.settings import AccountSettings, SipSettings
from sip.session.auto_answer import AutoAnswerWish
from speaker.calls.admission import Admitted, Answering, Challenged, Proof, Refused, judge
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
    assert verdict.code == 403


NAMES = ("desk@example.com", "@branch.example")
DESK, BRANCH = "sip:desk@example.com", "sip:anyone@branch.example"


@pytest.mark.parametrize(
    ("caller", "vouched", "allowed"),
    [
        pytest.param(DESK, {}, False, id="anybody can write any name"),
        pytest.param(DESK, {"identities": ("example.com",)}, True, id="certificate of the domain"),
        pytest.param(DESK, {"identities": ("EXAMPLE.COM",)}, True, id="in whatever case"),
        pytest.param(DESK, {"identities": (DESK,)}, True, id="certificate of the user"),
        pytest.param(
            DESK, {"identities": ("sip:boss@example.com",)}, False, id="certificate of another"
        ),
        pytest.param(DESK, {"identities": ("evil.example",)}, False, id="of another domain"),
        pytest.param(DESK, {"from_servers_of": ("door",)}, True, id="the account's own server"),
        pytest.param(DESK, {"from_servers_of": ("other",)}, False, id="another account's server"),
        pytest.param(BRANCH, {"identities": ("branch.example",)}, True, id="all of a domain"),
        pytest.param(
            "sip:x@other.example",
            {"identities": ("other.example",)},
            False,
            id="proved, not listed",
        ),
        pytest.param("tel:+4712345678", {"from_servers_of": ("door",)}, False, id="no SIP address"),
    ],
)
def test_a_name_counts_only_where_somebody_vouches_for_it(
    caller: str, vouched: dict[str, Any], allowed: bool
) -> None:
    """A From is as trustworthy as who vouches for it: our server, TLS (RFC 5922), or nobody."""
    settings = sip_with(BY_HAND, allowed_callers=NAMES)
    verdict = judge(call_from("203.0.113.9", caller=caller, **vouched), settings, calls_up=0)
    assert isinstance(verdict, Admitted) is allowed
    assert allowed or (isinstance(verdict, Refused) and verdict.code == 403)


def test_the_accounts_own_server_may_call_from_anywhere_unless_names_are_listed() -> None:
    call = call_from("203.0.113.9", from_servers_of=("door",))
    assert isinstance(judge(call, sip_with(BY_HAND), 0), Admitted)
    assert isinstance(judge(call, sip_with(BY_HAND, allowed_callers=NAMES), 0), Refused)


WITH_PASSWORDS = AccountSettings.model_validate(
    {
        "id": "door",
        "user_id": "door",
        "default": True,
        "callers": ({"username": "desk", "password": "secret"},),
    }
)


def proving(username: str, *, stale: bool = False) -> Callable[[AccountSettings | None], Proof]:
    return lambda _account: Proof(username, stale)


def test_an_account_with_callers_asks_everybody_but_its_server() -> None:
    settings = sip_with(WITH_PASSWORDS)
    assert isinstance(judge(call_from("127.0.0.1"), settings, 0), Challenged)
    proved = judge(call_from("127.0.0.1"), settings, 0, proof_for=proving("desk"))
    assert isinstance(proved, Admitted)
    own_server = call_from("203.0.113.9", from_servers_of=("door",))
    assert isinstance(judge(own_server, settings, 0), Admitted)


def test_a_proof_for_an_old_challenge_is_asked_for_again_as_stale() -> None:
    verdict = judge(
        call_from("127.0.0.1"), sip_with(WITH_PASSWORDS), 0, proof_for=proving("", stale=True)
    )
    assert isinstance(verdict, Challenged)
    assert verdict.stale


def test_who_may_not_call_from_where_he_is_is_not_even_asked() -> None:
    verdict = judge(call_from("203.0.113.9"), sip_with(WITH_PASSWORDS), 0)
    assert isinstance(verdict, Refused)
    assert verdict.code == 403


@pytest.mark.parametrize(
    ("caller", "username", "kind"),
    [
        pytest.param("sip:desk@example.com", "", Challenged, id="listed, to be proved"),
        pytest.param("sip:eve@evil.example", "", Challenged, id="not listed: not to be told apart"),
        pytest.param("sip:desk@example.com", "desk", Admitted, id="listed and proved"),
        pytest.param("sip:desk@example.com", "eve", Refused, id="proved to be somebody else"),
        pytest.param("sip:eve@evil.example", "eve", Refused, id="proved, but not listed"),
    ],
)
def test_a_password_vouches_for_a_listed_name(caller: str, username: str, kind: type) -> None:
    settings = sip_with(WITH_PASSWORDS, allowed_callers=NAMES)
    call = call_from("203.0.113.9", caller=caller)
    assert isinstance(judge(call, settings, 0, proof_for=proving(username)), kind)


def test_a_user_that_nobody_has_is_answered_like_one_that_exists() -> None:
    """Else a scanner could tell extensions apart; not even a right password helps."""
    off = AccountSettings(id="off", default=True, active=False)
    named = WITH_PASSWORDS.model_copy(update={"default": False})
    settings = sip_with(off, named)
    there, nowhere = call_from("127.0.0.1", to="door"), call_from("127.0.0.1", to="nobody")
    assert isinstance(judge(there, settings, 0), Challenged)
    assert isinstance(judge(nowhere, settings, 0), Challenged)
    assert isinstance(judge(nowhere, settings, 0, proof_for=proving("desk")), Refused)


def test_every_refusal_of_a_caller_is_the_same() -> None:
    """Which of the rules it was is for the log only."""
    nobody_home = AccountSettings(id="off", default=True, active=False)
    refusals = [
        judge(call_from("127.0.0.1"), sip_with(BY_HAND, allow_incoming_calls=False), 0),
        judge(call_from("203.0.113.9"), sip_with(BY_HAND), 0),
        judge(call_from("127.0.0.1"), sip_with(nobody_home), 0),
        judge(call_from("127.0.0.1", wish=AutoAnswerWish(required=True)), sip_with(BY_HAND), 0),
    ]
    assert {verdict.code for verdict in refusals if isinstance(verdict, Refused)} == {403}
    assert len({verdict.why for verdict in refusals if isinstance(verdict, Refused)}) == 4


@pytest.mark.parametrize("wish", [None, AutoAnswerWish(delay_s=1.0)])
@pytest.mark.parametrize(
    ("host", "vouched", "answering"),
    [
        ("192.0.2.7", {}, Answering.AUTOMATICALLY),
        ("127.0.0.1", {}, Answering.BY_HAND),
        ("127.0.0.1", {"identities": ("192.0.2.20",)}, Answering.AUTOMATICALLY),
    ],
)
def test_whom_the_account_answers_without_a_ring_can_be_narrowed_down(
    wish: AutoAnswerWish | None, host: str, vouched: dict[str, Any], answering: Answering
) -> None:
    base = BY_HAND if wish is None else WHEN_ASKED
    entries = {"answer_automatically_to": ("192.0.2.7", "desk@192.0.2.20")}
    account = base.model_copy(update={**entries, "answer_automatically": wish is None})
    settings = sip_with(account, allowed_callers=("any",))
    verdict = judge(call_from(host, wish=wish, **vouched), settings, 0)
    assert isinstance(verdict, Admitted)
    assert verdict.answering is answering


@pytest.mark.parametrize(
    ("automatically", "locked", "answering", "asks"),
    [
        (True, False, Answering.AUTOMATICALLY, True),
        (True, True, Answering.BY_HAND, False),
        (False, False, Answering.BY_HAND, False),
    ],
)
def test_an_access_code_is_asked_of_whoever_is_answered_without_a_ring(
    automatically: bool, locked: bool, answering: Answering, asks: bool
) -> None:
    account = AccountSettings.model_validate(
        {
            "id": "door",
            "default": True,
            "answer_automatically": automatically,
            "answer_access_code": "4711",
        }
    )
    verdict = judge(call_from("127.0.0.1"), sip_with(account), 0, is_locked=lambda _account: locked)
    assert isinstance(verdict, Admitted)
    assert (verdict.answering, verdict.asks_code) == (answering, asks)


def test_the_reason_tells_which_account_why_allowed_and_how_answered() -> None:
    verdict = judge(call_from("127.0.0.1"), OUT_OF_THE_BOX, 0)
    assert verdict.why == (
        "it was called directly; allowed as 127.0.0.1; the account answers by itself"
    )
