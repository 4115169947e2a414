import pytest

from sip.flow import Address
from sip.transport.stun_keep_alive import (
    binding_request,
    is_stun,
    mapped_address,
    transaction_answered,
)
from tests.sip.transaction_messages import OPTIONS

TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")

ANSWER_IPV4 = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000080001a147e112a64300080014"
    "2b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
)
"""RFC 5769 §2.2."""

ANSWER_IPV6 = bytes.fromhex(
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014"
    "a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c"
)
"""RFC 5769 §2.3."""


def test_a_binding_request_is_a_header_alone() -> None:
    """RFC 5389 §6."""
    request = binding_request(TRANSACTION)
    assert request == bytes.fromhex("000100002112a442") + TRANSACTION
    assert is_stun(request)
    assert transaction_answered(request) == b""


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        (ANSWER_IPV4, Address("192.0.2.1", 32853)),
        (ANSWER_IPV6, Address("2001:db8:1234:5678:11:2233:4455:6677", 32853)),
    ],
)
def test_the_answers_of_rfc_5769_are_read(answer: bytes, address: Address) -> None:
    """RFC 5389 §15.2."""
    assert is_stun(answer)
    assert transaction_answered(answer) == TRANSACTION
    assert mapped_address(answer) == address


def test_an_old_server_tells_the_address_as_it_is() -> None:
    """RFC 5389 §15.1."""
    answer = bytes.fromhex("0101000c2112a442") + TRANSACTION
    answer += bytes.fromhex("0001000800018055c0000201")
    assert mapped_address(answer) == Address("192.0.2.1", 32853)


@pytest.mark.parametrize("answer", [ANSWER_IPV4, ANSWER_IPV6])
def test_an_answer_cut_short_is_no_answer(answer: bytes) -> None:
    for length in range(20, len(answer)):
        assert transaction_answered(answer[:length]) == b""
        mapped_address(answer[:length])  # and nothing worse


def test_sip_is_no_stun() -> None:
    """RFC 5626 §9.2."""
    assert not is_stun(bytes(OPTIONS))
    assert not is_stun(b"\r\n\r\n")
    assert not is_stun(binding_request(TRANSACTION)[:19])
