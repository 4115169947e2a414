import pytest

from sip.ip_literal import ip_literal, is_ipv6


@pytest.mark.parametrize(
    ("host", "literal"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%2", "fe80::1%2"),
        ("phone.example", None),
        ("[::1]", None),
        ("1.2.3", None),
        ("", None),
    ],
)
def test_an_address_has_one_spelling_and_a_name_has_none(host: str, literal: str | None) -> None:
    assert ip_literal(host) == literal


def test_a_colon_tells_ipv6() -> None:
    assert is_ipv6("::1")
    assert not is_ipv6("127.0.0.1")
