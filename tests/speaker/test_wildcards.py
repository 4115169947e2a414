"""Patterns with `*` and `?`."""

import time

import pytest

from speaker.wildcards import fits


@pytest.mark.parametrize(
    ("text", "pattern", "does"),
    [
        ("call.state", "call.*", True),
        ("call.state", "*", True),
        ("call.state", "*.st?te", True),
        ("call.state", "call", False),
        ("call.state", "call.state*", True),
        ("call.state", "call.[s]tate", False),
        ("aab", "*ab", True),
        ("", "**", True),
        ("", "?", False),
        ("a", "", False),
    ],
)
def test_a_text_fits_or_not(text: str, pattern: str, does: bool) -> None:
    assert fits(text, pattern) is does


def test_nothing_stands_for_one_character_where_there_is_no_such_sign() -> None:
    assert not fits("I0", "I?", any_one="")
    assert fits("I?", "I?", any_one="")


def test_many_stars_take_no_time() -> None:
    began = time.process_time()
    assert not fits("a" * 64, "*a" * 32 + "b")
    assert time.process_time() - began < 0.05
