import os
from pathlib import Path

import pytest

from sip.transport.hosts_file import HostsFile, parse_hosts

TEXT = """\
127.0.0.1	localhost
127.0.1.1 Speaker.Lan speaker  # this machine
# 192.0.2.9 nobody
192.0.2.1 pbx.example.com. pbx
2001:DB8::1 pbx
192.0.2.1 pbx
not-an-address thing
192.0.2.5
fe80::1%2 near
192.0.2.6 a..b fine
"""


def test_names_have_the_addresses_of_all_their_lines() -> None:
    """hosts(5)."""
    assert parse_hosts(TEXT) == {
        "localhost": ("127.0.0.1",),
        "speaker.lan": ("127.0.1.1",),
        "speaker": ("127.0.1.1",),
        "pbx.example.com": ("192.0.2.1",),
        "pbx": ("192.0.2.1", "2001:db8::1"),
        "near": ("fe80::1%2",),
        "fine": ("192.0.2.6",),
    }


@pytest.mark.parametrize("name", ["localhost", "phone.localhost"])
def test_localhost_needs_no_file(name: str, tmp_path: Path) -> None:
    """RFC 6761 §6.3."""
    missing = HostsFile(tmp_path / "hosts")
    assert missing.addresses_of(name) == ("127.0.0.1", "::1")
    assert missing.addresses_of("pbx") is None


def test_a_change_of_the_file_counts_at_once(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("192.0.2.1 pbx")
    hosts = HostsFile(path)
    assert hosts.addresses_of("pbx") == ("192.0.2.1",)
    path.write_text("192.0.2.2 pbx")
    os.utime(path, ns=(1, 1))  # however coarse the clock of the file system
    assert hosts.addresses_of("pbx") == ("192.0.2.2",)
    path.unlink()
    assert hosts.addresses_of("pbx") is None


def test_octets_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_bytes(b"\xff\xfe\0\n192.0.2.1 \xff pbx\n")
    assert HostsFile(path).addresses_of("pbx") == ("192.0.2.1",)
