from pathlib import Path

import pytest

from sip.transport.resolv_conf import ResolverConfiguration, parse_resolv_conf, read_resolv_conf


@pytest.mark.parametrize(
    ("text", "name_servers", "search"),
    [
        ("", (), ()),
        ("nameserver 192.0.2.53\nnameserver ::1\n", ("192.0.2.53", "::1"), ()),
        ("nameserver fe80::1%eth0", ("fe80::1%eth0",), ()),
        ("# nameserver 192.0.2.1\n;nameserver 192.0.2.2\n", (), ()),
        ("nameserver\nnameserver foo\nnameserver 192.0.2.53 # ours\n", ("192.0.2.53",), ()),
        ("nameserver 192.0.2.1\nnameserver 192.0.2.1\n", ("192.0.2.1",), ()),
        (
            "".join(f"nameserver 192.0.2.{number}\n" for number in range(9)),
            ("192.0.2.0", "192.0.2.1", "192.0.2.2"),
            (),
        ),
        ("search Office.Example. lan", (), ("office.example", "lan")),
        ("domain lan\nsearch office.example", (), ("office.example",)),
        ("search a.b\nsearch", (), ()),
        ("search a..b " + "a" * 64 + " lan", (), ("lan",)),
        ("search a b c d e f g h", (), ("a", "b", "c", "d", "e", "f")),
        ("options timeout:x ndots:y edns0\nsortlist 1\nnonsense", (), ()),
    ],
)  # fmt: skip
def test_what_makes_sense_is_taken(
    text: str, name_servers: tuple[str, ...], search: tuple[str, ...]
) -> None:
    """resolv.conf(5)."""
    assert parse_resolv_conf(text) == ResolverConfiguration(name_servers, search)


def test_a_file_that_is_missing_or_no_text_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    assert read_resolv_conf(path) == ResolverConfiguration()
    path.write_bytes(b"\xff\xfe\0\nnameserver 192.0.2.53\n")
    assert read_resolv_conf(path) == ResolverConfiguration(("192.0.2.53",))
