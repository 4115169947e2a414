from __future__ import annotations

import pytest

from sip.errors import MalformedHeader
from sip.syntax.cseq import HIGHEST_NUMBER, CSeq


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 BYE", CSeq(0, "BYE")),
        (" 0009 \t INVITE ", CSeq(9, "INVITE")),
        (f"{HIGHEST_NUMBER} x'y", CSeq(HIGHEST_NUMBER, "x'y")),
    ],
)
def test_cseq_is_read(text: str, expected: CSeq) -> None:
    """RFC 3261 §20.16."""
    assert CSeq.parse(text) == expected
    assert CSeq.parse(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    ["", "1", "BYE", "1BYE", "-1 BYE", "1 B Y", f"{2**31} BYE", "²  BYE", "9" * 5000 + " BYE"],
)
def test_broken_cseq_is_malformed(text: str) -> None:
    """RFC 3261 §8.1.1.5: below 2**31."""
    with pytest.raises(MalformedHeader):
        CSeq.parse(text)
