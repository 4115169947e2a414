"""What a listener of pages agrees to, without anybody to agree with."""

import pytest

from media.errors import MisuseError
from media.sdp.direction import Direction
from media.stream.listening import NOWHERE, listening_stream


@pytest.mark.parametrize(("codec", "payload_type"), [("PCMU", 0), ("PCMA", 8)])
def test_a_listener_takes_the_static_payload_type_and_answers_nobody(
    codec: str, payload_type: int
) -> None:
    """RFC 3551 §6, table 4."""
    stream = listening_stream(codec)
    assert {pt: each.name for pt, each in stream.accepts.items()} == {payload_type: codec}
    assert stream.direction is Direction.RECVONLY
    assert stream.remote == stream.remote_control == NOWHERE
    assert stream.telephone_event is None


def test_a_codec_that_is_not_there_is_named() -> None:
    with pytest.raises(MisuseError, match="'G729'"):
        listening_stream("G729")
