"""What is malformed on purpose is dropped, and what is not is answered as it should be."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.authentication.auth_params import MAXIMUM_LENGTH
from tests.fuzz.resistance import SEEDS, resist
from tests.mutation import mutated


@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.integers(0, 4))
def test_bent_fields_do_no_harm(seed: bytes, dice: int, times: int) -> None:
    resist(mutated(seed, random.Random(dice), times))


@pytest.mark.parametrize(
    "value",
    [
        b'"' * 60000,
        b"\\" * 60000,
        b'"' + b"\\" * 60000,
        b"," * 60000,
        b"a=" * 30000,
        b"a=b," * 15000,
        b" " * 60000 + b"=",
        b'realm="' + b"\x01" * (MAXIMUM_LENGTH - 20) + b'",nonce=n',
    ],
    ids=lambda value: value[:8],
)
def test_long_values_take_no_longer_than_others(value: bytes) -> None:
    """And many of them, with everything in them to be escaped, still fit into a request."""
    resist(b"WWW-Authenticate: Digest " + value)
    resist(b"\r\n".join([b"Proxy-Authenticate: Digest " + value[:2000]] * 30))
    resist(
        b"\r\n".join(
            b"WWW-Authenticate: Digest nonce=n,opaque=%d,%s" % (number, value[:2000])
            for number in range(30)
        )
    )
