import itertools
import math

import pytest

from sip.flow import Address, Transport
from sip.location.effects import Target
from sip.location.location import MAXIMUM_SERVERS, MAXIMUM_TARGETS, Location
from sip.location.records import HostAddress, Kind, Question, Records, Srv
from sip.syntax.uri import SipUri
from tests.sip.location.zone import TTL, Lookup, Zone, hosts, lots, naptr, srv

UDP, TCP, TLS = Transport.UDP, Transport.TCP, Transport.TLS

FULL: Zone = {
    "example.com": [
        naptr("SIPS+D2T", "_sips._tcp.example.com", preference=30),
        naptr("SIP+D2T", "_sip._tcp.example.com", preference=20),
        naptr("SIP+D2U", "_sip._udp.elsewhere.example", preference=10),
        *hosts("192.0.2.80"),
    ],
    "_sip._udp.elsewhere.example": [srv("a.example.com", 5070)],
    "_sip._udp.example.com": [srv("not-asked-for.example.com")],
    "_sip._tcp.example.com": [srv("a.example.com", 5080)],
    "_sips._tcp.example.com": [srv("b.example.com", 5090)],
    "a.example.com": hosts("192.0.2.1", "2001:db8::1"),
    "b.example.com": hosts("192.0.2.2"),
}

SRV_ONLY: Zone = {
    "example.com": hosts("192.0.2.80"),
    "_sip._udp.example.com": [srv("a.example.com", 5070), srv("b.example.com", priority=1)],
    "_sips._tcp.example.com": [srv("b.example.com", 5091)],
    "a.example.com": hosts("192.0.2.1"),
    "b.example.com": hosts("192.0.2.2"),
}

HOST_ONLY: Zone = {"example.com": hosts("192.0.2.80", "192.0.2.81", "2001:db8::80")}


@pytest.mark.parametrize(
    ("uri", "zone", "expected"),
    [
        # NAPTR decides, by all our transports in its order of preference
        (
            "sip:bob@example.com",
            FULL,
            ["UDP 192.0.2.1 5070", "UDP 2001:db8::1 5070", "TCP 192.0.2.1 5080",
             "TCP 2001:db8::1 5080", "TLS 192.0.2.2 5090"],
        ),
        ("sips:bob@example.com", FULL, ["TLS 192.0.2.2 5090"]),
        # a transport in the URI: the SRV records of that one, no NAPTR
        ("sip:example.com;transport=tcp", FULL, ["TCP 192.0.2.1 5080", "TCP 2001:db8::1 5080"]),
        ("sip:example.com;transport=tls", FULL, ["TLS 192.0.2.2 5090"]),
        ("sips:example.com;transport=tcp", FULL, ["TLS 192.0.2.2 5090"]),
        # a port: the addresses of the host itself
        ("sip:example.com:5060", FULL, ["UDP 192.0.2.80 5060"]),
        ("sip:example.com:5075;transport=tcp", FULL, ["TCP 192.0.2.80 5075"]),
        ("sips:example.com:5075", FULL, ["TLS 192.0.2.80 5075"]),
        # no NAPTR: SRV of each transport
        (
            "sip:example.com",
            SRV_ONLY,
            ["UDP 192.0.2.1 5070", "UDP 192.0.2.2 5060", "TLS 192.0.2.2 5091"],
        ),
        ("sips:example.com", SRV_ONLY, ["TLS 192.0.2.2 5091"]),
        ("sip:example.com;transport=tcp", SRV_ONLY, ["TCP 192.0.2.80 5060"]),
        # no SRV: the addresses of the host, by the usual port
        (
            "sip:example.com",
            HOST_ONLY,
            ["UDP 192.0.2.80 5060", "UDP 192.0.2.81 5060", "UDP 2001:db8::80 5060"],
        ),
        (
            "sips:example.com",
            HOST_ONLY,
            ["TLS 192.0.2.80 5061", "TLS 192.0.2.81 5061", "TLS 2001:db8::80 5061"],
        ),
        ("sip:elsewhere.example:5077;maddr=b.example.com", FULL, ["UDP 192.0.2.2 5077"]),
        ("sip:elsewhere.example;maddr=example.com;transport=tls", FULL, ["TLS 192.0.2.2 5090"]),
        ("sip:EXAMPLE.com.;transport=TLS", FULL, ["TLS 192.0.2.2 5090"]),
        # nothing
        ("sip:example.com", {}, []),
        ("sip:a..b", {}, []),
    ],
)  # fmt: skip
def test_where_a_uri_leads(uri: str, zone: Zone, expected: list[str]) -> None:
    """RFC 3263 §4.1 and §4.2."""
    assert Lookup(uri, zone).places == expected


@pytest.mark.parametrize(
    ("transport", "expected"),
    [
        (UDP, ["UDP 192.0.2.1 5070", "UDP 192.0.2.2 5060"]),
        (TCP, ["TCP 192.0.2.80 5060"]),
        (TLS, ["TLS 192.0.2.2 5091"]),
    ],
)
def test_the_transport_of_the_account_serves_where_the_uri_names_none(
    transport: Transport, expected: list[str]
) -> None:
    assert Lookup("sip:example.com", SRV_ONLY, transport).places == expected
    lookup = Lookup("sip:example.com;transport=tls", SRV_ONLY, transport)
    assert lookup.places == ["TLS 192.0.2.2 5091"]


@pytest.mark.parametrize(
    ("uri", "supported", "expected"),
    [
        ("sip:example.com", (TCP,), ["TCP 192.0.2.1 5080", "TCP 2001:db8::1 5080"]),
        ("sip:example.com:5060", (TCP, TLS), ["TCP 192.0.2.80 5060"]),
        ("sip:example.com:5060", (TCP, UDP), ["UDP 192.0.2.80 5060"]),
        ("sips:example.com", (UDP, TCP), []),
        ("sip:example.com;transport=tls", (UDP, TCP), []),
        ("sips:192.0.2.1", (UDP, TCP), []),
    ],
)
def test_only_transports_that_we_speak_count(
    uri: str, supported: tuple[Transport, ...], expected: list[str]
) -> None:
    assert Lookup(uri, FULL, supported=supported).places == expected


def test_a_sips_uri_leaves_the_domain_the_choice_of_the_name() -> None:
    """RFC 3263 §4.1; not when it names a transport."""
    zone: Zone = {
        "example.com": [naptr("SIPS+D2T", "_sips._tcp.elsewhere.example")],
        "_sips._tcp.elsewhere.example": [srv("192.0.2.5", 5061)],
        "_sips._tcp.example.com": [srv("192.0.2.6", 5061)],
    }
    assert Lookup("sips:example.com", zone).places == ["TLS 192.0.2.5 5061"]
    assert Lookup("sips:example.com;transport=tcp", zone).places == ["TLS 192.0.2.6 5061"]
    assert Lookup("sips:example.com", zone, TLS).places == ["TLS 192.0.2.6 5061"]


def test_transports_without_naptr_are_tried_in_the_order_that_we_like() -> None:
    zone: Zone = {
        "_sip._udp.example.com": [srv("a.example.com")],
        "_sip._tcp.example.com": [srv("a.example.com")],
        "a.example.com": hosts("192.0.2.1"),
    }
    lookup = Lookup("sip:example.com", zone, supported=(TCP, UDP))
    assert lookup.places == ["TCP 192.0.2.1 5060", "UDP 192.0.2.1 5060"]


def test_what_is_asked_at_once_costs_one_round() -> None:
    assert Lookup("sip:example.com", SRV_ONLY).kinds_asked == [
        [
            "NAPTR example.com",
            "SRV _sip._udp.example.com",
            "SRV _sip._tcp.example.com",
            "SRV _sips._tcp.example.com",
        ],
        ["A a.example.com", "AAAA a.example.com", "A b.example.com", "AAAA b.example.com"],
    ]
    assert Lookup("sip:example.com:5060", SRV_ONLY).kinds_asked == [
        ["A example.com", "AAAA example.com"]
    ]
    assert Lookup("sip:192.0.2.1", {}).asked == []


@pytest.mark.parametrize(
    ("prefer_ipv6", "kinds", "expected"),
    [
        (False, (Kind.A, Kind.AAAA), ["192.0.2.1", "2001:db8::1", "192.0.2.2"]),
        (True, (Kind.A, Kind.AAAA), ["2001:db8::1", "192.0.2.1", "192.0.2.2"]),
        (True, (Kind.A,), ["192.0.2.1", "192.0.2.2"]),
        (False, (Kind.AAAA,), ["2001:db8::1"]),
        (False, (), []),
    ],
)
def test_each_servers_addresses_come_in_the_preferred_family_first(
    prefer_ipv6: bool, kinds: tuple[Kind, ...], expected: list[str]
) -> None:
    """RFC 3263 §4.2 asks for both; a family that the device has not is not even asked for."""
    zone: Zone = {
        "_sip._udp.example.com": [srv("a.example.com"), srv("b.example.com", priority=1)],
        "a.example.com": hosts("192.0.2.1", "2001:db8::1"),
        "b.example.com": hosts("192.0.2.2"),
    }
    lookup = Lookup("sip:example.com", zone, UDP, prefer_ipv6=prefer_ipv6, address_kinds=kinds)
    assert [each.address.host for each in lookup.targets] == expected
    asked = {question.kind for question in itertools.chain(*lookup.asked)}
    assert asked - {Kind.SRV} == set(kinds)


def test_weights_are_drawn_by_the_given_fractions() -> None:
    """RFC 2782."""
    zone: Zone = {
        "_sip._udp.example.com": [srv("a.example.com", weight=1), srv("b.example.com", weight=99)],
        "a.example.com": hosts("192.0.2.1"),
        "b.example.com": hosts("192.0.2.2"),
    }
    for drawn, first in ((0.0, "192.0.2.1"), (0.5, "192.0.2.2")):
        lookup = Lookup("sip:example.com", zone, UDP, fraction=lots(drawn))
        assert lookup.targets[0].address.host == first


@pytest.mark.parametrize("transport", [None, UDP])
def test_a_service_that_is_denied_is_not_looked_for_at_the_host(
    transport: Transport | None,
) -> None:
    """RFC 2782: a target of `.` says that the service is not available at this domain."""
    zone: Zone = {"_sip._udp.example.com": [srv("", 0)], "example.com": hosts("192.0.2.80")}
    assert Lookup("sip:example.com", zone, transport).places == []


def test_a_service_that_naptr_names_but_nobody_describes_is_at_the_host() -> None:
    """RFC 3263 §4.2: without SRV records the domain's own addresses serve."""
    zone: Zone = {
        "example.com": [naptr("SIP+D2T", "_sip._tcp.example.com"), *hosts("192.0.2.80")],
    }
    assert Lookup("sip:example.com", zone).places == ["TCP 192.0.2.80 5060"]


def test_naptr_records_for_others_leave_the_usual_services() -> None:
    zone: Zone = {**SRV_ONLY, "example.com": [naptr("SIP+D2S", "_sip._sctp.example.com")]}
    assert Lookup("sip:example.com", zone, supported=(UDP,)).places == [
        "UDP 192.0.2.1 5070",
        "UDP 192.0.2.2 5060",
    ]


def test_a_server_that_is_named_by_its_address_needs_no_question() -> None:
    zone: Zone = {"_sip._udp.example.com": [srv("192.0.2.7")]}
    lookup = Lookup("sip:example.com", zone, UDP)
    assert lookup.places == ["UDP 192.0.2.7 5060"]
    assert len(lookup.asked) == 1


@pytest.mark.parametrize(
    "record", [srv("a.example.com", 0), srv("a b.example.com"), srv("a" * 64 + ".example.com")]
)
def test_a_server_that_cannot_be_reached_is_passed_over(record: Srv) -> None:
    zone: Zone = {
        "_sip._udp.example.com": [record, srv("b.example.com", priority=1)],
        "a.example.com": hosts("192.0.2.1"),
        "b.example.com": hosts("192.0.2.2"),
    }
    assert Lookup("sip:example.com", zone, UDP).places == ["UDP 192.0.2.2 5060"]


def test_one_place_under_many_names_is_one_target() -> None:
    zone: Zone = {
        "_sip._udp.example.com": [srv("a.example.com"), srv("b.example.com", priority=1)],
        "a.example.com": hosts("192.0.2.1", "192.0.2.1"),
        "b.example.com": hosts("192.0.2.1"),
    }
    assert Lookup("sip:example.com", zone, UDP).places == ["UDP 192.0.2.1 5060"]


def test_the_certificate_must_name_the_domain_asked_for() -> None:
    """RFC 5922 §7.3: neither the SRV target nor `maddr`, which anybody may have forged."""
    for uri in ("sips:Example.com.", "sips:example.com;maddr=b.example.com"):
        assert {each.domain for each in Lookup(uri, FULL).targets} == {"example.com"}


def test_the_list_is_good_as_long_as_every_answer_that_led_to_it() -> None:
    srv_question = Question("_sip._udp.example.com", Kind.SRV)
    for short in (
        srv_question,
        Question("a.example.com", Kind.A),
        Question("b.example.com", Kind.A),
    ):
        lookup = Lookup("sip:example.com", SRV_ONLY, UDP, ttls={short: 30.0})
        assert {each.good_until for each in lookup.targets} == {30.0}
    assert {each.good_until for each in Lookup("sip:example.com", SRV_ONLY).targets} == {TTL}


def test_services_that_naptr_replaced_do_not_shorten_the_list() -> None:
    unused = Question("_sip._udp.example.com", Kind.SRV)
    lookup = Lookup("sip:example.com", FULL, ttls={unused: 1.0})
    assert {each.good_until for each in lookup.targets} == {TTL}


def test_an_address_is_good_for_ever() -> None:
    target = Lookup("sip:192.0.2.1", {}).targets[0]
    assert target == Target(UDP, Address("192.0.2.1", 5060), "192.0.2.1")
    assert target.good_until == math.inf


def test_a_domain_of_thousands_of_servers_leads_to_few_questions_and_targets() -> None:
    addresses = hosts(*(f"192.0.2.{number}" for number in range(250)))
    zone: Zone = {f"s{number}.example.com": addresses for number in range(5000)}
    zone = {
        **zone,
        "_sip._udp.example.com": [srv(f"s{number}.example.com") for number in range(5000)],
    }
    zone = {
        **zone,
        "_sip._tcp.example.com": [srv(f"s{number}.example.com") for number in range(5000)],
    }
    lookup = Lookup("sip:example.com", zone)
    assert len(lookup.targets) == MAXIMUM_TARGETS
    assert [len(each) for each in lookup.asked] == [4, 2 * MAXIMUM_SERVERS]


def test_services_that_lead_to_themselves_come_to_an_end() -> None:
    zone: Zone = {
        "example.com": [naptr("SIP+D2U", "example.com")],
        "_sip._udp.example.com": [srv("_sip._udp.example.com")],
    }
    assert Lookup("sip:example.com", zone).places == []
    assert Lookup("sip:example.com", zone, UDP).places == []


def test_answers_that_were_not_asked_for_change_nothing() -> None:
    location = Location(SipUri.parse("sip:example.com:5060"), fraction=lots())
    wanted = Question("example.com", Kind.A)
    location.answer(Question("evil.example", Kind.A), Records((HostAddress("203.0.113.6"),), 9.0))
    location.answer(wanted, Records((HostAddress("192.0.2.1"),), 9.0))
    location.answer(wanted, Records((HostAddress("203.0.113.6"),), 9.0))
    assert location.questions == (Question("example.com", Kind.AAAA),)
    location.answer(Question("example.com", Kind.AAAA), Records((), 9.0))
    assert [each.address.host for each in location.targets or ()] == ["192.0.2.1"]
