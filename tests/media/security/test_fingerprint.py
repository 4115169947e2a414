"""RFC 8122 §5."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.security.fingerprint import MOST_FINGERPRINTS, Fingerprint, fingerprints

CERTIFICATE = b"a certificate in DER"


@pytest.mark.parametrize("name", ["sha-256", "sha-384", "sha-512"])
def test_what_is_written_is_read_again_and_is_of_that_certificate_alone(name: str) -> None:
    read = Fingerprint.parse(str(Fingerprint.of(CERTIFICATE, name)))
    assert read == Fingerprint.of(CERTIFICATE, name)
    assert read is not None
    assert read.is_of(CERTIFICATE)
    assert not read.is_of(CERTIFICATE + b"\0")


def test_it_is_the_hash_in_pairs_of_digits_whatever_their_case() -> None:
    digits = hashlib.sha256(CERTIFICATE).digest().hex(":")
    assert str(Fingerprint.of(CERTIFICATE)) == f"sha-256 {digits.upper()}"
    assert Fingerprint.parse(f"SHA-256 {digits}") == Fingerprint.of(CERTIFICATE)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("sha-1 " + hashlib.sha1(CERTIFICATE).digest().hex(":"), id="SHA-1"),
        pytest.param("md5 " + hashlib.md5(CERTIFICATE).digest().hex(":"), id="MD5"),
        pytest.param("sha-256 " + "AA:" * 30 + "AA", id="too short"),
        pytest.param("sha-256 " + "AA:" * 32 + "AA", id="too long"),
        pytest.param("sha-256 " + hashlib.sha256(CERTIFICATE).hexdigest(), id="no colons"),
        pytest.param("sha-256", id="no digest"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_proves_nothing_does_not_count(value: str) -> None:
    assert Fingerprint.parse(value) is None
    assert fingerprints([value]) == frozenset()


@given(st.text(max_size=120))
def test_no_text_raises(value: str) -> None:
    Fingerprint.parse(value)
    Fingerprint.parse(f"sha-256 {value}")


def test_only_those_of_the_strongest_hash_count() -> None:
    """Else whoever can add a line for a weaker hash would choose which one has to be broken."""
    weak, strong = Fingerprint.of(b"other"), Fingerprint.of(CERTIFICATE, "sha-512")
    second = Fingerprint.of(b"second", "sha-512")
    assert fingerprints(map(str, (weak, strong, second))) == {strong, second}


def test_the_number_that_is_looked_at_is_bounded() -> None:
    many = [str(Fingerprint.of(bytes([n]))) for n in range(MOST_FINGERPRINTS + 1)]
    assert len(fingerprints(many)) == MOST_FINGERPRINTS
