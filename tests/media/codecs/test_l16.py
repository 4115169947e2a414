from __future__ import annotations

import numpy as np
import pytest

from media.codecs import Codec, l16, registry
from media.codecs.registry import BY_TITLE


@pytest.mark.parametrize("codec", l16.ALL, ids=lambda codec: codec.title)
def test_samples_come_back_as_they_were(codec: Codec) -> None:
    samples = (np.random.default_rng(1).integers(-32768, 32768, 400) / 32768).astype(np.float32)
    payload = codec.encoder("").encode(samples)
    decoder = codec.decoder()
    decoder.decode(bytes(len(payload)))  # the first one is faded in
    assert codec.duration(payload) == 400
    assert np.array_equal(decoder.decode(payload), samples)


def test_octets_are_in_network_order() -> None:
    """RFC 3551 §4.5.11."""
    samples = np.array([1 / 32768, -1.0], dtype=np.float32)
    assert l16.ALL[0].encoder("").encode(samples) == b"\x00\x01\x80\x00"


def test_half_a_sample_and_more_than_200_ms_are_no_payload() -> None:
    assert [BY_TITLE["L16/8000"].duration(bytes(n)) for n in (2, 3, 3200, 3202)] == [1, 0, 1600, 0]


def test_packets_fit_an_ethernet_frame() -> None:
    longest = {codec.title: codec.ptimes_ms[-1] for codec in l16.ALL}
    assert longest == {"L16/8000": 60, "L16/16000": 40, "L16/44100": 10, "L16/48000": 10}


def test_44_1_khz_has_a_payload_type_of_its_own() -> None:
    """RFC 3551, table 4: 11 is mono; 10, the same in stereo, is not ours."""
    assert registry.STATIC_RTPMAPS[11] == ("L16", 44100, 1)
    assert 10 not in registry.STATIC_RTPMAPS
    assert registry.find("L16", 44100, channels=2) is None
