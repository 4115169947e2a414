"""What a listener of pages agrees to, without anybody to agree with, and whom it takes for one."""

import pytest

from media.errors import MisuseError
from media.rtp.packet import RtpPacket
from media.sdp.direction import Direction
from media.stream.listening import NOWHERE, Arrival, arrival, listening_stream
from tests.media.streams import packet


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


PADDED = RtpPacket(0, 1, 160, 7, bytes(160), padding=4)
EXTENDED = RtpPacket(0, 1, 160, 7, bytes(160), csrcs=(1, 2), extension=(0xBEDE, bytes(8)))

ARRIVALS = {
    "sound": (packet(0), Arrival.SOUND),
    "sound with the marker": (packet(0, marker=True), Arrival.SOUND),
    "sound of 10 ms": (packet(0, bytes(80)), Arrival.SOUND),
    "sound with padding": (bytes(PADDED), Arrival.SOUND),
    "sound with contributors and an extension": (bytes(EXTENDED), Arrival.SOUND),
    "another codec": (packet(0, payload_type=8), Arrival.OTHER_SOUND),
    "a dynamic type": (packet(0, payload_type=96), Arrival.OTHER_SOUND),
    "comfort noise": (packet(0, b"\x40", payload_type=13), Arrival.OTHER_SOUND),
    "a header and no sound": (packet(0, b""), Arrival.OTHER_SOUND),
    "sound of a sample": (packet(0, b"\xff"), Arrival.OTHER_SOUND),
    "sound of a second": (packet(0, bytes(8000)), Arrival.OTHER_SOUND),
    "nothing": (b"", Arrival.NO_RTP),
    "text": (b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n", Arrival.NO_RTP),
    "a header cut short": (packet(0)[:11], Arrival.NO_RTP),
    "version 1": (b"\x40" + packet(0)[1:], Arrival.NO_RTP),
    "more padding than there is": (b"\xa0" + packet(0)[1:-1] + b"\xff", Arrival.NO_RTP),
    "an extension that does not fit": (b"\x90" + packet(0)[1:15] + b"\xff", Arrival.NO_RTP),
    "RTCP": (bytes.fromhex("80c9000100000007" + "81cb000100000007"), Arrival.NO_RTP),
    "STUN": (bytes.fromhex("000100002112a442") + bytes(12), Arrival.NO_RTP),
    "DTLS": (bytes.fromhex("16feff0000000000000000") + bytes(100), Arrival.NO_RTP),
}


@pytest.mark.parametrize("name", ARRIVALS)
def test_what_begins_a_stream_and_what_does_not(name: str) -> None:
    """RFC 3550 appendix A.1."""
    data, expected = ARRIVALS[name]
    assert arrival(data, listening_stream("PCMU")) is expected
