"""The certificates that the settings name, as those see them who start the speaker."""

import stat
from pathlib import Path

import pytest

from tests.certificates import Authority, self_signed
from tests.speaker.running import FLAGS, SILENT, failed, running


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    folder = tmp_path / "certificates"
    folder.mkdir()
    return folder


async def test_the_first_start_makes_a_certificate_and_the_next_one_keeps_it(
    tmp_path: Path,
) -> None:
    async with running(tmp_path):
        made = (tmp_path / "certificates" / "speaker.pem").read_bytes()
    async with running(tmp_path):
        assert (tmp_path / "certificates" / "speaker.pem").read_bytes() == made
    key = (tmp_path / "certificates" / "speaker.key").stat()
    assert stat.S_IMODE(key.st_mode) == 0o600


async def test_every_certificate_that_cannot_be_used_is_told_with_its_setting(
    tmp_path: Path, certificates: Path
) -> None:
    one, other = self_signed("one"), self_signed("other")
    (certificates / "own.pem").write_bytes(one.pem)
    (certificates / "own.key").write_bytes(other.key_pem)
    (certificates / "ca.pem").write_text("nothing")
    settings = [
        "sip.certificate=own",
        'sip.trusted_certificates=["missing"]',
        "sip.accounts[0].certificate=own",
        'sip.accounts[0].trusted_certificates=["ca"]',
    ]
    words = [word for each in settings for word in ("--set", each)]
    code, told = await failed(tmp_path, *FLAGS, *SILENT, *words)
    assert code == 2
    for line in (
        'sip.certificate: "own" cannot be used: ',
        "own.key: is not the key of the certificate in ",
        'sip.trusted_certificates[0]: "missing" cannot be used: ',
        "missing.pem: there is no such file",
        'sip.accounts[0].certificate: "own" cannot be used: ',
        'sip.accounts[0].trusted_certificates[0]: "ca" cannot be used: ',
        "ca.pem: holds no certificate in PEM",
    ):
        assert line in told
    assert "Traceback" not in told


async def test_what_openssl_alone_refuses_is_told_as_well(
    tmp_path: Path, certificates: Path
) -> None:
    """A chain whose second certificate is damaged."""
    shown = Authority("CA").issue(dns=["speaker.example.com"])
    begin, end = b"-----BEGIN CERTIFICATE-----\n", b"\n-----END CERTIFICATE-----\n"
    (certificates / "own.pem").write_bytes(shown.pem + begin + b"AAAA" + end)
    (certificates / "own.key").write_bytes(shown.key_pem)
    code, told = await failed(tmp_path, *FLAGS, *SILENT, "--set", "sip.certificate=own")
    assert (code, "Traceback" in told) == (2, False)
    assert 'sip.certificate: "own" cannot be used' in told


async def test_a_taken_tls_port_is_one_clear_sentence(tmp_path: Path) -> None:
    async with running(tmp_path / "one") as one:
        port = one.ready_line.rpartition(":")[2]
        flags = ["--http-port", "0", "--bind", "127.0.0.1"]
        settings = ["--set", "sip.port=0", "--set", f"sip.tls_port={port}"]
        code, told = await failed(tmp_path / "two", *flags, *SILENT, *settings)
    assert code == 1
    assert f"SIP port {port} (TLS, address 127.0.0.1) cannot be opened" in told
