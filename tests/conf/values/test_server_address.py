"""What may stand where a SIP server is named."""

import pytest

from conf.values.server_address import is_domain, is_server


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pbx",
        "pbx.example",
        "pbx.example.",
        "192.0.2.5",
        "[2001:db8::5]",
        "pbx.example:5070",
        "[2001:db8::5]:5061",
        "sip:pbx.example",
        "sips:pbx.example:5061",
        "192.0.2.5:5060;transport=tcp",
    ],
)
def test_hosts_with_or_without_port_and_transport_are_servers(text: str) -> None:
    assert is_server(text)


@pytest.mark.parametrize(
    "text",
    [
        "pbx example",
        "100@pbx.example",
        "http://pbx.example",
        "pbx.example:0",
        "pbx.example:65536",
        "pbx.example:",
        "2001:db8::5",
        "[2001:db8::g]",
        "-pbx",
        "pbx..example",
        "pbx.example;lr",
        "pbx.example;transport=ws",
        "pbx.example\r\nEvil: 1",
        "x" * 64,
        "a." * 200,
    ],
)
def test_everything_else_is_none(text: str) -> None:
    assert not is_server(text)


def test_a_domain_has_no_port() -> None:
    assert is_domain("pbx.example")
    assert is_domain("[2001:db8::5]")
    assert is_domain("")
    assert not is_domain("pbx.example:5060")
    assert not is_domain("sip:pbx.example")
