"""What is remembered of connections that failed."""

from sip.flow import Address, Flow, Transport
from speaker.signalling.recent_trouble import LATELY_S, MAXIMUM_HOSTS, RecentTrouble

OURS = Address("192.0.2.1", 5060)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def flow_to(host: str) -> Flow:
    return Flow(Transport.TLS, OURS, Address(host, 5061))


def test_the_latest_of_several_hosts_is_told() -> None:
    clock = Clock()
    trouble = RecentTrouble(clock)
    trouble.take(flow_to("192.0.2.5"), "is not who it says it is")
    clock.now += 1
    trouble.take(flow_to("2001:db8::5"), "hangs up")
    assert trouble.latest(["192.0.2.5"]) == "192.0.2.5:5061 is not who it says it is"
    assert trouble.latest(["192.0.2.5", "2001:db8::5"]) == "[2001:db8::5]:5061 hangs up"
    assert trouble.latest(["192.0.2.9"]) == ""


def test_what_is_long_past_explains_nothing() -> None:
    clock = Clock()
    trouble = RecentTrouble(clock)
    trouble.take(flow_to("192.0.2.5"), "hangs up")
    clock.now += LATELY_S
    assert trouble.latest(["192.0.2.5"]) == ""


def test_no_more_hosts_are_remembered_than_fit() -> None:
    trouble = RecentTrouble(Clock())
    hosts = [f"10.0.{i // 256}.{i % 256}" for i in range(MAXIMUM_HOSTS + 5)]
    for host in hosts:
        trouble.take(flow_to(host), "hangs up")
    assert sum(bool(trouble.latest([host])) for host in hosts) == MAXIMUM_HOSTS
