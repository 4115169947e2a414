"""Who fails to log in too often is not listened to for a while: `[http.brute_force]`."""

from conf.sections.brute_force import BruteForceSettings
from speaker.http.login_blocking import LoginBlocking
from speaker.http.source import source_of

SETTINGS = BruteForceSettings(
    block_period_s=30, page_count=3, page_interval_s=10, device_count=5, device_interval_s=60
)
A, B = "192.0.2.1", "192.0.2.2"


def blocking(settings: BruteForceSettings = SETTINGS, maximum: int = 100) -> LoginBlocking:
    return LoginBlocking(lambda: settings, maximum)


def test_a_page_is_blocked_after_its_count_of_failures() -> None:
    rule = blocking()
    assert [rule.failed(A, "/x", now) for now in (0.0, 1.0, 2.0)] == [False, False, True]
    assert rule.blocked_for_s(A, "/x", 2.0) == 30
    assert rule.blocked_for_s(A, "/x", 31.9) > 0
    assert rule.blocked_for_s(A, "/x", 32.0) == 0
    assert rule.blocked_for_s(A, "/y", 2.0) == 0
    assert rule.blocked_for_s(B, "/x", 2.0) == 0


def test_failures_long_apart_block_nothing() -> None:
    rule = blocking()
    assert not any(rule.failed(A, "/x", now) for now in (0.0, 9.0, 10.0, 19.0))


def test_the_device_is_blocked_after_failures_at_many_pages() -> None:
    rule = blocking()
    assert [rule.failed(A, f"/{page}", 0.0) for page in range(5)] == [False] * 4 + [True]
    assert rule.blocked_for_s(A, "/elsewhere", 0.0) == 30
    assert rule.blocked_for_s(B, "/elsewhere", 0.0) == 0


def test_after_a_block_one_has_as_many_tries_as_before() -> None:
    rule = blocking(SETTINGS.model_copy(update={"device_count": 100}))
    tries = [rule.failed(A, "/x", now) for now in (0.0, 0.0, 0.0, 30.0, 30.0, 30.0)]
    assert tries == [False, False, True, False, False, True]


def test_nobody_is_blocked_where_that_is_off() -> None:
    rule = blocking(SETTINGS.model_copy(update={"enabled": False}))
    assert not any(rule.failed(A, "/x", 0.0) for _ in range(1000))
    assert len(rule) == 0


def test_a_block_ends_when_blocking_is_turned_off() -> None:
    settings = [SETTINGS]
    rule = LoginBlocking(lambda: settings[0])
    for _ in range(3):
        rule.failed(A, "/x", 0.0)
    settings[0] = SETTINGS.model_copy(update={"enabled": False})
    assert rule.blocked_for_s(A, "/x", 0.0) == 0


def test_no_more_is_remembered_than_bearable() -> None:
    rule = blocking(maximum=50)
    for n in range(1000):
        rule.failed(f"192.0.{n // 256}.{n % 256}", f"/{n}", float(n))
    assert len(rule) == 50
    assert rule.blocked_for_s("192.0.0.1", "/x", 1000.0) == 0


def test_who_has_failed_last_is_remembered_longest() -> None:
    rule = blocking(maximum=4)
    for source in (A, B, A, "192.0.2.3", A):
        rule.failed(source, "/x", 0.0)
    assert rule.blocked_for_s(A, "/x", 0.0) > 0


def test_a_network_of_ipv6_is_one_source() -> None:
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff:2") == "2001:db8::/64"
    assert source_of("2001:db8:0:1::1") != source_of("2001:db8::1")
    assert source_of("::ffff:192.0.2.1") == source_of("192.0.2.1") == "192.0.2.1"
    assert source_of("fe80::1%eth0") == "fe80::/64"
    assert source_of("unix") == "unix"
