"""The machine's way out, as the kernel tells it."""

from speaker.vapix.parameters.host_network import (
    NOTHING,
    _global_addresses,
    _way_out,
    read_host_network,
)

HEADING = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT"
ROUTES = [
    HEADING,
    "wlan0 00000000 0102A8C0 0003 0 0 600 00000000 0 0 0",
    "eth1 00000000 010200C0 0003 0 0 100 00000000 0 0 0",
    "eth2 00000000 010300C0 0002 0 0 1 00000000 0 0 0",
    "eth1 000200C0 00000000 0001 0 0 100 00FFFFFF 0 0 0",
    "cut short",
]


def test_the_default_route_that_is_up_and_costs_least_is_the_way_out() -> None:
    assert _way_out(ROUTES) == ("eth1", "192.0.2.1")


def test_a_route_without_a_router_leads_out_as_well() -> None:
    assert _way_out([HEADING, "ppp0 00000000 00000000 0001 0 0 0 00000000 0 0 0"]) == (
        "ppp0",
        NOTHING,
    )


def test_there_may_be_no_way_out() -> None:
    assert _way_out([HEADING, *ROUTES[4:]]) == ("", NOTHING)
    assert _way_out([]) == ("", NOTHING)


def test_only_global_addresses_of_that_interface_count() -> None:
    lines = [
        "fe8000000000000000fc00fffe000001 04 40 20 80 eth1",
        "20010db8000000000000000000000002 04 40 00 80 eth1",
        "20010db8000000000000000000000003 05 40 00 80 eth2",
        "cut short",
    ]
    assert _global_addresses(lines, "eth1") == ("2001:db8::2/64",)


def test_this_machine_has_a_name() -> None:
    assert read_host_network().host_name
