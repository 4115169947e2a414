import pytest

from sip.flow import Transport
from sip.location.location import ALL_TRANSPORTS
from sip.location.records import Naptr
from sip.location.service_selection import (
    MAXIMUM_SERVICES,
    Service,
    advertised_services,
    usual_service,
)
from tests.sip.location.zone import naptr

UDP, TCP, TLS = ALL_TRANSPORTS

RFC_EXAMPLE = [
    naptr("SIPS+D2T", "_sips._tcp.example.com.", order=50, preference=50),
    naptr("SIP+D2T", "_sip._tcp.example.com.", order=90, preference=50),
    naptr("SIP+D2U", "_sip._udp.example.com.", order=100, preference=50),
]


@pytest.mark.parametrize(
    ("supported", "expected"),
    [
        ((UDP, TCP, TLS), Service(TLS, "_sips._tcp.example.com")),
        ((UDP, TCP), Service(TCP, "_sip._tcp.example.com")),
        ((UDP,), Service(UDP, "_sip._udp.example.com")),
    ],
)
def test_the_lowest_order_that_we_can_speak_is_taken_alone(
    supported: tuple[Transport, ...], expected: Service
) -> None:
    """The example of RFC 3263 §4.1."""
    assert advertised_services(RFC_EXAMPLE, supported) == (expected,)


def test_within_one_order_the_lowest_preference_comes_first() -> None:
    """RFC 3403 §4.1."""
    records = [
        naptr("SIP+D2U", "u.example", preference=30),
        naptr("SIPS+D2T", "s.example", preference=10),
        naptr("SIP+D2T", "t.example", preference=20),
    ]
    assert [each.name for each in advertised_services(records, ALL_TRANSPORTS)] == [
        "s.example",
        "t.example",
        "u.example",
    ]


@pytest.mark.parametrize(
    "record",
    [
        naptr("SIP+D2S", "_sip._sctp.example.com"),  # SCTP
        naptr("SIP+D2W", "_sip._ws.example.com"),  # RFC 7118
        naptr("E2U+sip", "_sip._udp.example.com", flags="u", regexp="!^.*$!sip:info@example.com!"),
        naptr("SIP+D2U", "_sip._udp.example.com", flags="a"),
        naptr("SIP+D2U", "_sip._udp.example.com", flags=""),
        naptr("SIP+D2U", "_sip._udp.example.com", regexp="!.*!x!"),
        naptr("SIP+D2U", "."),
        naptr("SIP+D2U", "two words.example.com"),
        naptr("SIP+D2U", "a" * 64 + ".example.com"),
        naptr("", "_sip._udp.example.com"),
    ],
)
def test_what_is_no_plain_service_of_sip_is_passed_over(record: Naptr) -> None:
    assert advertised_services([record], ALL_TRANSPORTS) == ()


def test_case_means_nothing() -> None:
    record = naptr("sip+d2u", "_SIP._UDP.Example.COM.", flags="S")
    assert advertised_services([record], [UDP]) == (Service(UDP, "_sip._udp.example.com"),)


def test_thousands_of_records_lead_to_few_services() -> None:
    records = [naptr("SIP+D2U", f"s{number}.example", preference=number) for number in range(5000)]
    services = advertised_services(records, ALL_TRANSPORTS)
    assert [each.name for each in services] == [f"s{n}.example" for n in range(MAXIMUM_SERVICES)]


@pytest.mark.parametrize(
    ("transport", "name"),
    [
        (UDP, "_sip._udp.example.com"),
        (TCP, "_sip._tcp.example.com"),
        (TLS, "_sips._tcp.example.com"),
    ],
)
def test_without_naptr_services_have_their_usual_names(transport: Transport, name: str) -> None:
    """RFC 3263 §4.1."""
    assert usual_service("example.com", transport) == Service(transport, name)


def test_a_domain_too_long_to_have_services_has_none() -> None:
    domain = ".".join(["a" * 62] * 4)
    assert usual_service(domain, UDP) == Service(UDP, "")
