"""RFC 5373, and the customs of phones and PBXs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.session.auto_answer import SPELLINGS, AutoAnswerWish, auto_answer_wish
from sip.syntax.headers import Headers
from sip.syntax.message import Request
from sip.syntax.uri import SipUri


def invite(*fields: tuple[str, str]) -> Request:
    return Request("INVITE", SipUri("sip", "speaker", None, "192.0.2.2"), Headers.of(*fields))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Call-Info", "<sip:192.0.2.1>;answer-after=0"),
        ("Call-Info", "<sip:192.0.2.1> ; answer-after = 0"),
        ("Call-Info", ";answer-after=0"),
        ("Call-Info", "answer-after=0"),
        ("Call-Info", "<sip:192.0.2.1;a=b>;Answer-After=0"),
        ("Call-Info", '<sip:192.0.2.1>;answer-after="0"'),
        ("Call-Info", "<http://x/icon.png>;purpose=icon, <sip:192.0.2.1>;answer-after=0"),
        ("Alert-Info", "info=alert-autoanswer"),
        ("Alert-Info", "<http://127.0.0.1>;info=alert-autoanswer"),
        ("Alert-Info", "<http://127.0.0.1>;info=Alert-AutoAnswer;delay=0"),
        ("Alert-Info", "<http://127.0.0.1>;info=intercom"),
        ("Alert-Info", "<sip:192.0.2.1>;info=ring-answer"),
        ("Alert-Info", "info=RingAnswer"),
        ("Alert-Info", "Ring Answer"),
        ("Alert-Info", "Auto Answer"),
        ("Alert-Info", ";info=Auto Answer"),
        ("Alert-Info", '<http://127.0.0.1>; info = "Auto Answer"'),
        ("Alert-Info", "<http://127.0.0.1>;answer-after=0"),
        ("P-Auto-Answer", "normal"),
        ("P-Auto-Answer", "Normal"),
        ("Answer-Mode", "Auto"),
        ("Answer-Mode", " auto "),
    ],
)
def test_every_spelling_asks_to_be_answered_at_once(header: str, value: str) -> None:
    assert auto_answer_wish(invite((header, value))) == AutoAnswerWish(delay_s=0)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Call-Info", "<http://x/answer-after=0>;purpose=icon"),
        ("Call-Info", "<sip:192.0.2.1>;answer-after=soon"),
        ("Call-Info", "<sip:192.0.2.1>;answer-after=-1"),
        ("Call-Info", "<sip:192.0.2.1>;answer-after=1e9"),
        ("Call-Info", "<sip:192.0.2.1>;answer-after=99999"),
        ("Alert-Info", "<http://127.0.0.1/intercom>"),
        ("Alert-Info", "info=external"),
        ("Alert-Info", "Bellcore-dr1"),
        ("P-Auto-Answer", "no"),
        ("Answer-Mode", "Manual"),
        ("Answer-Mode", "Manual;require"),
        ("Subject", "answer-after=0"),
    ],
)
def test_anything_else_asks_for_nothing(header: str, value: str) -> None:
    assert auto_answer_wish(invite((header, value))) is None


def test_no_header_field_no_wish() -> None:
    assert auto_answer_wish(invite()) is None


@pytest.mark.parametrize(
    ("header", "value", "delay_s"),
    [
        ("Call-Info", "<sip:192.0.2.1>;answer-after=2", 2),
        ("Call-Info", "<sip:192.0.2.1>;answer-after=0.5", 0.5),
        ("Call-Info", "<sip:192.0.2.1>;answer-after", 0),
        ("Alert-Info", "<http://127.0.0.1>;info=alert-autoanswer;delay=3", 3),
    ],
)
def test_the_delay_is_in_seconds(header: str, value: str, delay_s: float) -> None:
    assert auto_answer_wish(invite((header, value))) == AutoAnswerWish(delay_s=delay_s)


def test_require_means_answer_by_yourself_or_not_at_all() -> None:
    """RFC 5373 §4.3."""
    assert auto_answer_wish(invite(("Answer-Mode", "Auto;require"))) == AutoAnswerWish(
        required=True
    )


def test_the_privileged_header_field_is_told_apart() -> None:
    """RFC 5373 §4.1."""
    wish = auto_answer_wish(invite(("Priv-Answer-Mode", "Auto ; require")))
    assert wish == AutoAnswerWish(required=True, privileged=True)


def test_several_fields_of_one_kind_are_all_read_and_the_shortest_delay_counts() -> None:
    wish = auto_answer_wish(
        invite(
            ("Call-Info", "<http://x/icon.png>;purpose=icon"),
            ("Call-Info", "<sip:192.0.2.1>;answer-after=5"),
            ("Call-Info", "<sip:192.0.2.1>;answer-after=2"),
            ("Alert-Info", "<http://127.0.0.1>;info=external"),
        )
    )
    assert wish == AutoAnswerWish(delay_s=2)


def test_fields_of_different_kinds_add_up() -> None:
    wish = auto_answer_wish(
        invite(("Call-Info", "<x:>;answer-after=5"), ("Priv-Answer-Mode", "Auto;require"))
    )
    assert wish == AutoAnswerWish(delay_s=0, required=True, privileged=True)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted({spelling.header for spelling in SPELLINGS})),
            st.text(st.characters(exclude_characters="\r\n")),
        )
    )
)
def test_no_value_makes_it_raise(fields: list[tuple[str, str]]) -> None:
    wish = auto_answer_wish(invite(*fields))
    assert wish is None or wish.delay_s >= 0
