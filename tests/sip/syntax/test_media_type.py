from __future__ import annotations

import pytest

from sip.errors import MalformedHeader
from sip.syntax.media_type import MediaType


def test_names_are_in_lower_case_and_parameters_kept() -> None:
    """RFC 3261 §20.15."""
    media_type = MediaType.parse(' Multipart / Mixed ; boundary="a;b"')
    assert media_type.name == "multipart/mixed"
    assert media_type.parameters["boundary"] == "a;b"
    assert str(media_type) == 'multipart/mixed;boundary="a;b"'


@pytest.mark.parametrize("text", ["", "text", "text/", "/plain", "text/plain x", "a b/c", "a/b;;"])
def test_broken_media_type_is_malformed(text: str) -> None:
    with pytest.raises(MalformedHeader):
        MediaType.parse(text)


@pytest.mark.parametrize(
    ("accepted", "covered"),
    [
        ("application/sdp", True),
        ("APPLICATION/SDP;q=0.1", True),
        ("application/*", True),
        ("*/*", True),
        ("application/sdp;q=0", False),
        ("*/*;q=0.000", False),
        ("application/pidf+xml", False),
        ("text/*", False),
    ],
)
def test_range_of_an_accept(accepted: str, covered: bool) -> None:
    """RFC 3261 §20.1."""
    assert MediaType.parse(accepted).covers("application/sdp") is covered
