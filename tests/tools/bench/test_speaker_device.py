"""What the bench reads from the speaker's HTTP interface."""

import pytest

from tools.bench.errors import Unreadable
from tools.bench.speaker_device import read_figures


def test_the_engines_numbers_are_read_and_other_things_left() -> None:
    body = (
        b'{"engine": {"underruns": 2, "busy": 0.5, "device": "loop", "lost": false}, "calls": []}'
    )
    assert read_figures(body, "engine") == {"underruns": 2.0, "busy": 0.5}


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"engine": null}'])
def test_a_state_without_an_engine_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="engine"):
        read_figures(body, "engine")
