"""What a name server, or the owner of a name, may send to do harm."""

import asyncio
import random
import struct
from collections.abc import Sequence

import dns.message
import pytest

from sip.location.effects import Target
from sip.transport.dns_exchange import MAXIMUM_BYTES
from sip.transport.resolver import Resolver
from tests.sip.transport.looking_up import PATIENCE_S, located, looking_for, resolver_for
from tests.sip.transport.name_server import Forgery, NameServer, name_server

QUESTION_AT = b"\xc0\x0c"
"""A pointer to the name that was asked for."""

TYPES = {"A": 1, "NAPTR": 35, "SRV": 33, "AAAA": 28, "CNAME": 5, "?": 65280}


def forged(
    query: dns.message.Message,
    records: Sequence[bytes],
    *,
    count: int | None = None,
    flags: int = 0x8180,
    question: bytes | None = None,
) -> bytes:
    """An answer with the given octets as its records."""
    asked = query.to_wire()[12:] if question is None else question
    header = struct.pack("!6H", query.id, flags, 1, len(records) if count is None else count, 0, 0)
    return header + asked + b"".join(records)


def record(
    kind: str, data: bytes, *, name: bytes = QUESTION_AT, ttl: int = 60, length: int | None = None
) -> bytes:
    size = len(data) if length is None else length
    return name + struct.pack("!HHIH", TYPES[kind], 1, ttl, size) + data


def kind_of(query: dns.message.Message) -> str:
    (kind,) = (name for name, number in TYPES.items() if number == query.question[0].rdtype)
    return kind


def address(query: dns.message.Message, number: int = 1) -> bytes:
    return struct.pack("!I", 0xC0000200 + number) * (4 if kind_of(query) == "AAAA" else 1)


NONSENSE: dict[str, Forgery] = {
    "nothing": lambda query: b"",
    "one octet": lambda query: b"\0",
    "a header alone": lambda query: forged(query, [], question=b""),
    "the question itself": lambda query: query.to_wire(),
    "noise": lambda query: random.Random(query.id).randbytes(400),
    "noise with our number": lambda query: (
        query.to_wire()[:2] + random.Random(query.id).randbytes(400)
    ),
    "another number": lambda query: struct.pack("!H", query.id ^ 1)
    + forged(query, [record(kind_of(query), address(query))])[2:],
    "another question": lambda query: forged(
        query, [record("A", address(query))], question=b"\4evil\0\0\1\0\1"
    ),
    "a record for another name": lambda query: forged(
        query, [record(kind_of(query), address(query), name=b"\4evil\0")]
    ),
    "more records announced than sent": lambda query: forged(
        query, [record(kind_of(query), address(query))], count=60000
    ),
    "a record cut short": lambda query: forged(
        query, [record(kind_of(query), b"\1", length=4)]
    ),
    "a record longer than the message": lambda query: forged(
        query, [record(kind_of(query), address(query), length=65000)]
    ),
    "an address of seven octets": lambda query: forged(query, [record("A", bytes(7))]),
    "a pointer to itself": lambda query: forged(
        query,
        [record("CNAME", struct.pack("!H", 0xC000 | (len(query.to_wire()) + 12)))],
    ),
    "a pointer ahead": lambda query: forged(query, [record("CNAME", b"\xff\xff")]),
    "a label of a reserved kind": lambda query: forged(query, [record("CNAME", b"\x80a\0")]),
    "a name of 320 octets": lambda query: forged(
        query, [record("CNAME", (b"\x3f" + b"a" * 63) * 5)]
    ),
    "an alias to itself": lambda query: forged(query, [record("CNAME", QUESTION_AT)]),
    "an alias to the root": lambda query: forged(query, [record("CNAME", b"\0")]),
    "a refusal": lambda query: forged(query, [], flags=0x8185),
    "a server failure": lambda query: forged(query, [], flags=0x8182),
    "no such name, and yet an address": lambda query: forged(
        query, [record(kind_of(query), address(query))], flags=0x8183
    ),
    "cut short by UDP and by TCP": lambda query: forged(query, [], flags=0x8380),
    "services of no name": lambda query: forged(
        query, [record("SRV", bytes(6) + b"\0"), record("NAPTR", bytes(7) + b"\0")]
    ),
    "services of weird names": lambda query: forged(
        query,
        [
            record("SRV", struct.pack("!3H", 0, 0, 5060) + b"\x0aa b\r\n\0\xff.%s\0"),
            record("NAPTR", struct.pack("!2H", 0, 0) + b"\1s\7SIP+D2U\0" + b"\4a\r\nb\0"),
        ],
    ),
    "texts that are no ASCII": lambda query: forged(
        query, [record("NAPTR", struct.pack("!2H", 0, 0) + b"\2\xff\xfe\3\x80\x81\x82\1\xff\0")]
    ),
}  # fmt: skip


def errors_of(loop: asyncio.AbstractEventLoop) -> list[str]:
    """Collect what would be logged as an error of ours."""
    errors: list[str] = []
    loop.set_exception_handler(lambda _loop, context: errors.append(str(context)))
    return errors


@pytest.mark.parametrize("forgery", NONSENSE.values(), ids=NONSENSE.keys())
async def test_nonsense_is_no_answer_and_does_no_harm(forgery: Forgery) -> None:
    errors = errors_of(asyncio.get_running_loop())
    async with name_server() as server, resolver_for(server, patience_s=PATIENCE_S) as resolver:
        server.forgery = forgery
        for uri in ("sip:pbx.example.com", "sip:pbx.example.com:5060"):
            assert await located(resolver, uri) == ()
        server.forgery = None
        server.zone = {"other.example.com": ["60 A 192.0.2.1"]}
        assert len(await located(resolver, "sip:other.example.com:5060")) == 1
    assert errors == []


async def test_a_thousand_noisy_answers_end_each_lookup() -> None:
    """Truth with octets changed at random."""
    errors = errors_of(asyncio.get_running_loop())
    noise = random.Random(3263)

    def damaged(query: dns.message.Message) -> bytes:
        data = bytearray(
            forged(
                query,
                [
                    record("CNAME", b"\1a" + QUESTION_AT),
                    record("SRV", struct.pack("!3H", 0, 0, 5060) + QUESTION_AT),
                    record("NAPTR", bytes(4) + b"\1s\7SIP+D2U\0" + QUESTION_AT),
                    record(kind_of(query), address(query)),
                ],
            )
        )
        for _ in range(noise.randrange(1, 6)):
            data[noise.randrange(2, len(data))] = noise.randrange(256)
        return bytes(data)

    async with name_server() as server, resolver_for(server, patience_s=PATIENCE_S) as resolver:
        server.forgery = damaged
        for start in range(0, 350, 50):
            await asyncio.gather(
                *(located(resolver, f"sip:n{n}.example.com") for n in range(start, start + 50))
            )
        assert len(server.asked) >= 1000
    assert errors == []


async def test_thousands_of_records_are_cut_to_a_few() -> None:
    """The longest answer that is read holds 500 addresses."""
    async with name_server() as server, resolver_for(server) as resolver:
        server.forgery = lambda query: forged(
            query, [record(kind_of(query), address(query, number)) for number in range(250)]
        )
        assert len(await located(resolver, "sip:pbx.example.com:5060")) == 16


async def test_an_answer_by_tcp_must_answer_the_question_too() -> None:
    def other(query: dns.message.Message) -> bytes:
        if not server.asked_by_tcp:
            return forged(query, [], flags=0x8380)
        stranger = forged(query, [record(kind_of(query), address(query))])
        return struct.pack("!H", query.id ^ 1) + stranger[2:]

    async with name_server() as server, resolver_for(server, patience_s=PATIENCE_S) as resolver:
        server.forgery = other
        assert await located(resolver, "sip:pbx.example.com:5060") == ()
        assert server.asked_by_tcp


async def test_a_stranger_cannot_make_us_ask_by_tcp() -> None:
    """RFC 5452 §9.1: what does not fit the question is no answer, cut short or not."""
    async with name_server() as server, resolver_for(server, patience_s=PATIENCE_S) as resolver:
        server.forgery = lambda query: (
            struct.pack("!H", query.id ^ 1) + forged(query, [], flags=0x8380)[2:]
        )
        assert await located(resolver, "sip:pbx.example.com:5060") == ()
        assert server.asked
        assert not server.asked_by_tcp


async def test_of_many_servers_the_most_wanted_are_kept() -> None:
    def servers(query: dns.message.Message) -> bytes:
        if kind_of(query) == "SRV":
            return forged(
                query,
                [
                    record("SRV", struct.pack("!3H", 200 - n, 0, n) + b"\1a\0")
                    for n in range(1, 200)
                ],
            )
        return forged(query, [record("A", address(query))] if kind_of(query) == "A" else [])

    async with name_server() as server, resolver_for(server) as resolver:
        server.forgery = servers
        ports = [
            each.address.port
            for each in await located(resolver, "sip:pbx.example.com;transport=udp")
        ]
        assert ports == list(range(199, 191, -1))


async def test_an_answer_beyond_the_limit_is_not_even_read() -> None:
    async with name_server() as server, resolver_for(server, patience_s=PATIENCE_S) as resolver:
        server.forgery = by_tcp_only(server, MAXIMUM_BYTES + 1)
        assert await located(resolver, "sip:pbx.example.com:5060") == ()
        server.forgery = by_tcp_only(server, MAXIMUM_BYTES)
        assert len(await located(resolver, "sip:pbx2.example.com:5060")) == 16


def by_tcp_only(server: NameServer, size: int) -> Forgery:
    """Many addresses, and padding of a type that nobody knows up to `size` octets."""

    def answer(query: dns.message.Message) -> bytes:
        if not server.asked_by_tcp:
            return forged(query, [], flags=0x8380)
        several = [record(kind_of(query), address(query, number)) for number in range(250)]
        padding = size - len(forged(query, [*several, record("?", b"")]))
        return forged(query, [*several, record("?", bytes(padding))])

    return answer


async def test_names_that_peers_choose_do_not_pile_up() -> None:
    async with name_server() as server, resolver_for(server) as resolver:
        for start in range(0, 1500, 50):
            await asyncio.gather(
                *(located(resolver, f"sip:n{n}.example:5060") for n in range(start, start + 50))
            )
        assert resolver.remembered <= 512
        assert resolver.under_way == 0


def flood(resolver: Resolver, lookups: int) -> list[Sequence[Target]]:
    heard: list[Sequence[Target]] = []
    for number in range(lookups):
        resolver.locate(looking_for(f"sip:n{number}.example"), heard.append)
    return heard


async def test_a_flood_of_names_has_a_bounded_number_of_sockets() -> None:
    async with name_server() as server, resolver_for(server, patience_s=PATIENCE_S) as resolver:
        server.forgery = lambda _query: None
        flood(resolver, 1000)
        await asyncio.get_running_loop().create_task(nothing())
        assert resolver.under_way <= 128


async def nothing() -> None:
    """Let everything that is ready run."""
