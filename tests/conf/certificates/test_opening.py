"""Files with keys are opened at a bounded cost, whatever they ask for."""

import datetime
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12

from conf.certificates.folder import CertificateError
from conf.certificates.formats import usable_key
from conf.certificates.opening import TOO_COSTLY, open_bundle
from conf.certificates.signing_request import Holder, self_signed
from conf.values.secret import Secret

NOW = datetime.datetime(2026, 11, 27, tzinfo=datetime.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
CERTIFICATE = self_signed(Holder(common_name="Front door"), KEY, NOW)
WORD = "correct horse"

SEQUENCE, INTEGER, OCTETS, OID, TAGGED = 0x30, 0x02, 0x04, 0x06, 0xA0
DATA = bytes.fromhex("2a864886f70d010701")
PBES2 = bytes.fromhex("2a864886f70d01050d")
PBKDF2 = bytes.fromhex("2a864886f70d01050c")
HMAC_SHA_256 = bytes.fromhex("2a864886f70d0209")
AES_256_CBC = bytes.fromhex("60864801650304012a")
SHA_256 = bytes.fromhex("608648016503040201")
MOST_ROUNDS = (2**31 - 1).to_bytes(4, "big")


def der(tag: int, *parts: bytes) -> bytes:
    """An element of DER (X.690 §8.1) of less than 256 octets."""
    body = b"".join(parts)
    length = bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])
    return bytes([tag]) + length + body


def costly_pem() -> bytes:
    """A key in PKCS #8 whose password is to be hashed 2³¹ times (RFC 8018 §A.2)."""
    rounds = der(INTEGER, MOST_ROUNDS)
    hashing = der(SEQUENCE, der(OID, HMAC_SHA_256), b"\x05\x00")
    derivation = der(
        SEQUENCE, der(OID, PBKDF2), der(SEQUENCE, der(OCTETS, bytes(16)), rounds, hashing)
    )
    cipher = der(SEQUENCE, der(OID, AES_256_CBC), der(OCTETS, bytes(16)))
    method = der(SEQUENCE, der(OID, PBES2), der(SEQUENCE, derivation, cipher))
    key = b64encode(der(SEQUENCE, method, der(OCTETS, bytes(64))))
    name = b"ENCRYPTED PRIVATE KEY-----"
    return b"-----BEGIN " + name + b"\n" + key + b"\n-----END " + name + b"\n"


def costly_pfx() -> bytes:
    """A file whose seal hashes the password 2³¹ times (RFC 7292 §4)."""
    nothing = der(SEQUENCE, der(OID, DATA), der(TAGGED, der(OCTETS, der(SEQUENCE))))
    digest = der(SEQUENCE, der(SEQUENCE, der(OID, SHA_256), b"\x05\x00"), der(OCTETS, bytes(32)))
    seal = der(SEQUENCE, digest, der(OCTETS, bytes(8)), der(INTEGER, MOST_ROUNDS))
    return der(SEQUENCE, der(INTEGER, b"\x03"), nothing, seal)


@pytest.mark.parametrize("data", [costly_pem(), costly_pfx()], ids=["PEM", "PFX"])
def test_a_file_that_asks_for_too_much_computing_is_given_up(data: bytes) -> None:
    with pytest.raises(CertificateError) as caught:
        open_bundle(data, Secret(WORD), cpu_s=1)
    assert str(caught.value) == TOO_COSTLY


def pfx(way: pkcs12.PBES, seal: hashes.HashAlgorithm) -> bytes:
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000)
    encryption = builder.key_cert_algorithm(way).hmac_hash(seal).build(WORD.encode())
    return pkcs12.serialize_key_and_certificates(b"x", KEY, CERTIFICATE, None, encryption)


def pem(form: PrivateFormat) -> bytes:
    encryption = serialization.BestAvailableEncryption(WORD.encode())
    chain = CERTIFICATE.public_bytes(Encoding.PEM)
    return KEY.private_bytes(Encoding.PEM, form, encryption) + chain


@pytest.mark.parametrize(
    "data",
    [
        pfx(pkcs12.PBES.PBESv2SHA256AndAES256CBC, hashes.SHA256()),
        pfx(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC, hashes.SHA1()),
        pem(PrivateFormat.PKCS8),
        pem(PrivateFormat.TraditionalOpenSSL),
    ],
)
def test_files_of_every_kind_are_opened_by_their_password(data: bytes) -> None:
    bundle = open_bundle(data, Secret(WORD))
    assert bundle.certificates == (CERTIFICATE,)
    assert bundle.key is not None
    assert bundle.key.private_numbers() == KEY.private_numbers()
    for password in ("wrong", "", "\ud800"):
        with pytest.raises(CertificateError, match="password"):
            open_bundle(data, Secret(password))


def test_a_key_that_would_keep_every_handshake_waiting_is_refused() -> None:
    p, q, e = 2**4423 - 1, 2**9689 - 1, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    parts = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    key = rsa.RSAPrivateNumbers(p, q, d, *parts, public).private_key(
        unsafe_skip_rsa_key_validation=True
    )
    with pytest.raises(CertificateError, match="14112 bits, which is above 8192"):
        usable_key(key)
