import pytest

from conf.values.allowed_callers import is_allowed, is_entry, is_named


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "169.254.9.9", "fe80::1%eth0", "10.1.2.3", "172.31.0.1", "192.168.1.1",
     "fd00::1", "::ffff:192.168.1.1"],
)  # fmt: skip
def test_local_covers_this_machine_the_link_and_private_networks(address: str) -> None:
    assert is_allowed(address, ["local"])


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "172.32.0.1", "2001:db8::1", "192.0.2.1", "::ffff:8.8.8.8", "100.64.0.1"],
)
def test_local_covers_nothing_else(address: str) -> None:
    assert not is_allowed(address, ["local"])
    assert is_allowed(address, ["any"])


def test_addresses_and_networks_cover_themselves() -> None:
    entries = ["192.0.2.0/24", "198.51.100.7", "2001:db8::/32"]
    assert is_allowed("192.0.2.200", entries)
    assert is_allowed("198.51.100.7", entries)
    assert is_allowed("2001:db8:1::1", entries)
    assert not is_allowed("198.51.100.8", entries)
    assert not is_allowed("10.0.0.1", entries)


def test_without_entries_nobody_may_call() -> None:
    assert not is_allowed("127.0.0.1", [])


def test_what_is_no_address_is_refused_loudly() -> None:
    """A caller that cannot be judged must not slip through, not even past `any`."""
    with pytest.raises(ValueError, match="phone"):
        is_allowed("phone.example", ["any"])


@pytest.mark.parametrize(
    ("entry", "valid"),
    [("local", True), ("any", True), ("192.0.2.1", True), ("192.0.2.0/24", True),
     ("2001:db8::/32", True), ("192.0.2.1/24", False), ("Local", False), ("", False),
     ("phone.example", False), ("192.0.2.0/33", False), ("desk@example.com", True),
     ("@example.com", True), ("@192.0.2.1", True), ("@[2001:db8::1]", True), ("desk@", False),
     ("sip:desk@example.com", False), ("a@b@c", False), ("desk@exa mple.com", False)],
)  # fmt: skip
def test_entries_are_words_addresses_networks_or_names(entry: str, valid: bool) -> None:
    assert is_entry(entry) is valid


@pytest.mark.parametrize(
    ("user", "domain", "covered"),
    [("desk", "example.com", True), ("desk", "EXAMPLE.com", True), ("Desk", "example.com", False),
     ("boss", "example.com", False), ("anyone", "branch.example", True),
     ("", "branch.example", True),
     ("desk", "evil.example", False), ("desk", "example.com.evil.example", False),
     ("alice", "2001:db8::1", True)],
)  # fmt: skip
def test_a_name_covers_one_user_or_all_of_a_domain(user: str, domain: str, covered: bool) -> None:
    """RFC 3261 §19.1.4: users are compared letter by letter, hosts without regard to case."""
    entries = ["local", "desk@example.com", "@branch.example", "@[2001:db8::1]"]
    assert is_named(user, domain, entries) is covered


def test_a_name_covers_no_address_and_an_address_no_name() -> None:
    assert not is_allowed("192.0.2.1", ["@192.0.2.1"])
    assert not is_named("desk", "192.0.2.1", ["192.0.2.1", "any", "local"])
