import pytest

from tools.phone.addresses import UnknownHost, address_towards, host_of


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("sip:speaker@127.0.0.1:5060", "127.0.0.1"),
        ("sip:speaker.invalid", "speaker.invalid"),
        ("sips:speaker:secret@speaker.invalid;transport=tls?Subject=x", "speaker.invalid"),
        ("sip:speaker@[2001:db8::1]:5060", "2001:db8::1"),
        ("sip:[::1]", "::1"),
    ],
)
def test_host_of_a_uri(uri: str, host: str) -> None:
    assert host_of(uri) == host


def test_uri_without_a_host_is_refused() -> None:
    with pytest.raises(UnknownHost, match="sip:speaker@: names no host"):
        host_of("sip:speaker@")


@pytest.mark.parametrize("loopback", ["127.0.0.1", "::1"])
def test_loopback_is_reached_from_loopback(loopback: str) -> None:
    assert address_towards(loopback) == loopback


def test_host_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownHost, match=r"nowhere\.invalid: "):
        address_towards("nowhere.invalid")
