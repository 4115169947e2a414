"""Who sends a hello in DTLS proves its address first (RFC 6347 §4.2.1)."""

from __future__ import annotations

import pytest

from media.security.dtls_association import LIMIT_S, MOST_ATTEMPTS, DtlsAssociation
from media.security.dtls_door import DtlsDoor
from media.security.dtls_handshake import DtlsHandshake, begins_handshake
from media.security.dtls_setup import Setup
from tests.media.security.dtls_peers import (
    CLIENT,
    CLIENT_IDENTITY,
    SERVER_IDENTITY,
    Wire,
    client,
    server,
    terms,
)

STRANGER = ("198.51.100.66", 6000)
HELLO_VERIFY_REQUEST = 3
UDP = 28
"""Octets of the headers that each datagram has besides."""

SHORTEST_HELLO = (
    bytes.fromhex("16feff0000000000000000" + "0035")
    + bytes.fromhex("01000029" + "0000" + "000000" + "000029")
    + bytes.fromhex("fefd")
    + bytes(32)
    + bytes.fromhex("00" + "00" + "0002c02b" + "00")
)
"""No session, no cookie, one cipher, no compression: not even a valid one."""


def door() -> DtlsDoor:
    return DtlsDoor(SERVER_IDENTITY, terms(Setup.PASSIVE, CLIENT_IDENTITY))


def hello(handshake: DtlsHandshake) -> bytes:
    (datagram,) = handshake.take_outgoing()
    return datagram


def caller() -> DtlsHandshake:
    return DtlsHandshake(CLIENT_IDENTITY, terms(Setup.ACTIVE, SERVER_IDENTITY))


def asked(at: DtlsDoor, data: bytes, source: tuple[str, int]) -> bytes:
    """What the door says to a hello that is to be repeated."""
    answer = at.knock(data, source)
    assert isinstance(answer, list)
    (datagram,) = answer
    assert datagram[13] == HELLO_VERIFY_REQUEST
    return datagram


def repeated(calling: DtlsHandshake, request: bytes) -> bytes:
    """The hello with the cookie."""
    calling.take(request)
    return hello(calling)


def test_the_second_hello_has_the_cookie_and_begins() -> None:
    at, calling = door(), caller()
    request = asked(at, hello(calling), CLIENT)
    begun = at.knock(repeated(calling, request), CLIENT)
    assert isinstance(begun, DtlsHandshake)
    assert sum(map(len, begun.take_outgoing())) > 500  # certificate and all


@pytest.mark.parametrize("thief", [STRANGER, (CLIENT[0], CLIENT[1] + 1)])
def test_a_cookie_is_good_at_no_other_address(thief: tuple[str, int]) -> None:
    at, calling = door(), caller()
    asked(at, hello(calling), thief)
    with_cookie = repeated(calling, asked(at, hello(caller()), thief))
    asked(at, with_cookie, CLIENT)


def test_a_cookie_is_good_at_no_other_door() -> None:
    calling = caller()
    with_cookie = repeated(calling, asked(door(), hello(calling), CLIENT))
    asked(door(), with_cookie, CLIENT)


def test_one_changed_bit_of_a_cookie_makes_it_none() -> None:
    at, calling = door(), caller()
    request = asked(at, hello(calling), CLIENT)
    with_cookie = bytearray(repeated(calling, request))
    with_cookie[with_cookie.index(request[-32:]) + 31] ^= 1
    asked(at, bytes(with_cookie), CLIENT)


def test_what_comes_after_the_cookie_has_other_record_numbers() -> None:
    """A client whose first hello was lost dropped the certificate as a copy, for a second."""
    at, calling = door(), caller()
    late = bytearray(hello(calling))
    late[5:11] = (1).to_bytes(6)
    request = asked(at, bytes(late), CLIENT)
    begun = at.knock(repeated(calling, request), CLIENT)
    assert isinstance(begun, DtlsHandshake)
    assert request[5:11] not in {each[5:11] for each in begun.take_outgoing()}


@pytest.mark.parametrize("data", [hello(caller()), SHORTEST_HELLO])
def test_no_answer_is_longer_than_the_hello(data: bytes) -> None:
    answer = door().knock(data, STRANGER)
    assert isinstance(answer, list)
    assert sum(len(each) + UDP for each in answer) <= len(data) + UDP


def in_fragments(datagram: bytes) -> list[bytes]:
    """A hello as two messages on their own datagrams (RFC 6347 §4.2.3); others as they are."""
    if not begins_handshake(datagram):
        return [datagram]
    number, body = int.from_bytes(datagram[5:11]), datagram[25:]
    parts = []
    for at, part in ((0, body[:120]), (120, body[120:])):
        message = datagram[13:19] + at.to_bytes(3) + len(part).to_bytes(3) + part
        unused = number if at == 0 else abs(number - 1)
        record = unused.to_bytes(6) + len(message).to_bytes(2) + message
        parts.append(datagram[:5] + record)
    return parts


def test_a_hello_in_fragments_has_its_cookie_in_the_first() -> None:
    one, other = client(), server()
    Wire(one, other, passes=in_fragments).run(0.1)
    assert one.keys is not None
    assert other.keys is not None


def test_no_fragment_but_the_first_is_answered() -> None:
    _, second = in_fragments(hello(caller()))
    assert door().knock(second, STRANGER) == []


@pytest.mark.parametrize(
    "data",
    [b"\x16", bytes([22]) * 60, hello(caller())[:40]],
    ids=["one octet", "all the same", "cut off"],
)
def test_what_is_no_hello_is_not_answered_and_does_no_harm(data: bytes) -> None:
    at, calling = door(), caller()
    assert at.knock(data, STRANGER) == []
    assert isinstance(
        at.knock(repeated(calling, asked(at, hello(calling), CLIENT)), CLIENT), DtlsHandshake
    )


def answered(other: DtlsAssociation, source: tuple[str, int], copies: int) -> list[bytes]:
    """What an association sends somewhere for so many hellos of one that says it is there."""
    sent = []
    for number in range(copies):
        other.take(hello(caller()), source)
        other.advance(100.0 + number / 100)
        sent += other.take_outgoing()
    for second in range(round(LIMIT_S) - 1):
        if other.is_due(101.0 + second):
            other.advance(101.0 + second)
        sent += other.take_outgoing()
    assert {to for _, to in sent} <= {source}
    return [datagram for datagram, _ in sent]


@pytest.mark.parametrize("claimed", [STRANGER, CLIENT])
def test_who_only_claims_an_address_has_nothing_sent_there_but_small_answers(
    claimed: tuple[str, int],
) -> None:
    """Neither the certificate nor repeats of it, even where the description has the peer."""
    sent = answered(server(), claimed, copies=5 * MOST_ATTEMPTS)
    assert len(sent) == 5 * MOST_ATTEMPTS
    assert {datagram[13] for datagram in sent} == {HELLO_VERIFY_REQUEST}


def test_who_only_claims_addresses_takes_no_place_of_anybody() -> None:
    """Two forged hellos kept a peer behind a router out, four the peer itself."""
    other = server()
    for number in range(5 * MOST_ATTEMPTS):
        other.take(hello(caller()), (STRANGER[0], 7000 + number))
        other.take(hello(caller()), CLIENT)
        other.advance(100.0)
        other.take_outgoing()
    one = client()
    Wire(one, other, one_at=STRANGER).run(0.1)
    assert one.keys is not None
    assert other.peer == STRANGER
