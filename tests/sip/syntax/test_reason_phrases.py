from __future__ import annotations

import pytest

from sip.syntax.reason_phrases import REASON_PHRASES, reason_phrase


@pytest.mark.parametrize(
    ("code", "phrase"),
    [(200, "OK"), (486, "Busy Here"), (299, "OK"), (499, "Bad Request"), (699, "Busy Everywhere")],
)
def test_unknown_code_is_called_by_its_class(code: int, phrase: str) -> None:
    """RFC 3261 §8.1.3.2."""
    assert reason_phrase(code) == phrase


def test_every_code_is_one() -> None:
    assert all(100 <= code <= 699 and phrase for code, phrase in REASON_PHRASES.items())
