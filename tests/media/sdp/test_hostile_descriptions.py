"""Whatever the other side describes: it is agreed to or refused, and never breaks anything."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.sdp.agreement import AgreedStream
from media.sdp.negotiation import Capabilities, Origin, answer_offer, make_offer
from media.sdp.payload_formats import PayloadFormats
from media.sdp.session_description import MediaDescription, SessionDescription
from tests.fuzz.description_seeds import FOUND, SEEDS
from tests.fuzz.firmness import negotiate
from tests.mutation import mutated

HERE = "198.51.100.1"
ORIGIN = Origin(1, 1, HERE)
HEAD = "v=0\r\no=- 9 9 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
WILLING = Capabilities(codecs=("PCMU", "PCMA", "opus", "speex/8000"), silence_suppression=True)


@pytest.mark.parametrize("script", [*SEEDS, *FOUND, b"", b"\1"])
def test_a_description_does_no_harm(script: bytes) -> None:
    negotiate(script)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.integers(1, 6))
def test_a_bent_description_does_no_harm(seed: bytes, dice: int, times: int) -> None:
    negotiate(mutated(seed, random.Random(dice), times))


def _agreed(*lines: str) -> AgreedStream:
    body = (HEAD + "".join(f"{line}\r\n" for line in lines)).encode()
    return answer_offer(body, WILLING, HERE, 5000, origin=ORIGIN).stream


def _offered_again(in_use: AgreedStream) -> MediaDescription:
    can = Capabilities(codecs=WILLING.codecs, silence_suppression=True, in_use=in_use)
    (line,) = SessionDescription.parse(make_offer(can, HERE, 5000, origin=ORIGIN)).media
    return line


def test_a_peer_that_uses_up_all_payload_types_does_not_keep_us_from_offering() -> None:
    """RFC 3264 §8.3.2: none may change its meaning, so the codecs that have none are left out."""
    numbers = range(96, 128)
    line = _offered_again(
        _agreed(
            f"m=audio 4000 RTP/AVP {' '.join(map(str, numbers))}",
            *(f"a=rtpmap:{number} PCMA/8000" for number in numbers),
        )
    )
    assert {codec.title for codec in PayloadFormats.of(line).codecs.values()} == {"PCMU", "PCMA"}


def test_a_peer_that_gives_our_number_of_keys_to_a_codec_does_not_keep_us_from_offering() -> None:
    line = _offered_again(_agreed("m=audio 4000 RTP/AVP 101", "a=rtpmap:101 opus/48000/2"))
    formats = PayloadFormats.of(line)
    assert formats.codecs[101].title == "opus"
    assert 48000 in formats.telephone_events.values()


def test_a_static_number_that_the_peer_gives_to_another_codec_stays_that_ones() -> None:
    line = _offered_again(_agreed("m=audio 4000 RTP/AVP 0", "a=rtpmap:0 PCMA/8000"))
    formats = PayloadFormats.of(line)
    assert formats.codecs[0].title == "PCMA"
    assert "PCMU" in {codec.title for codec in formats.codecs.values()}
