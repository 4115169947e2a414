"""Every way in which a server or a phone refuses has a sentence that tells what to look at."""

import pytest

from sip.syntax.reason_phrases import reason_phrase
from speaker.signalling.failure_words import call_failure, registration_failure


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (401, "password"),
        (403, "wrong password on some PBXs"),
        (404, "`user_id`"),
        (407, "password"),
        (408, "firewall"),
        (423, "register_interval_s"),
        (503, "cannot be reached"),
    ],
)
def test_a_failed_registration_says_what_to_look_at(code: int, words: str) -> None:
    assert words in registration_failure(code, reason_phrase(code))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (404, "does not exist"),
        (407, "password"),
        (408, "switched off"),
        (480, "not registered"),
        (486, "busy"),
        (488, "`sip.codecs`"),
        (503, "cannot be reached"),
        (603, "declined"),
    ],
)
def test_a_failed_call_says_what_to_look_at(code: int, words: str) -> None:
    assert words in call_failure(code, reason_phrase(code))


def test_what_the_other_side_said_is_told_as_well() -> None:
    assert call_failure(486, "Busy Here").endswith("(486 Busy Here)")
    assert call_failure(503, "").endswith("(503)")


def test_a_code_that_nobody_knows_counts_as_its_class() -> None:
    """RFC 3261 §8.1.3.2."""
    assert "refuses" in call_failure(499, "Odd")
    assert "another address" in call_failure(399, "Odd")
    assert "it failed" in call_failure(0, "")
