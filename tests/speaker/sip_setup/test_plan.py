"""Which attempt follows which results."""

import pytest

from sip.flow import Transport
from speaker.sip_setup.plan import (
    Attempt,
    Came,
    End,
    Sound,
    Tried,
    fingerprint_of,
    following,
    sounds,
    untested_sound,
    ways,
)

TLS, TCP, UDP = Transport.TLS, Transport.TCP, Transport.UDP
ALL = (TLS, TCP, UDP)
PLAIN = Sound("none")
SHOWN = "ab" * 32


def tried(transport: Transport, came: Came, *, pinned: bool = False) -> Tried:
    fingerprint = SHOWN if came is Came.UNTRUSTED else ""
    return Tried(Attempt(transport, pinned), came, fingerprint)


@pytest.mark.parametrize(
    ("advertised", "port", "expected"),
    [
        ((), None, (TLS, TCP, UDP)),
        ((), 5061, (TLS, TCP, UDP)),
        ((), 5060, (TCP, UDP, TLS)),
        ((UDP,), None, (UDP, TLS, TCP)),
        ((UDP, TLS), None, (TLS, UDP, TCP)),
    ],
)
def test_the_safest_comes_first_of_what_dns_says_and_then_of_the_rest(
    advertised: tuple[Transport, ...], port: int | None, expected: tuple[Transport, ...]
) -> None:
    assert ways(wished=None, advertised=advertised, port=port) == expected


def test_the_only_transport_that_may_be_used_is_the_only_one() -> None:
    assert ways(wished=TCP, advertised=(UDP,), port=5060) == (TCP,)


def test_what_is_not_there_leads_to_the_next_and_at_last_to_the_end() -> None:
    first, second, third = (tried(each, Came.NOT_THERE) for each in ALL)
    assert following(ALL, (), accepted="") == Attempt(TLS)
    assert following(ALL, (first,), accepted="") == Attempt(TCP)
    assert following(ALL, (first, second), accepted="") == Attempt(UDP)
    assert following(ALL, (first, second, third), accepted="") is End.NOTHING_WORKS


@pytest.mark.parametrize("came", [Came.PASSWORD_REFUSED, Came.REFUSED])
def test_a_server_that_says_no_is_asked_no_second_time(came: Came) -> None:
    assert following(ALL, (tried(TLS, came),), accepted="") is End.REFUSED


def test_what_works_is_the_end() -> None:
    results = (tried(TLS, Came.NOT_THERE), tried(TCP, Came.REGISTERED))
    assert following(ALL, results, accepted="") is End.WORKS


@pytest.mark.parametrize("accepted", ["", "cd" * 32])
def test_an_untrusted_certificate_is_for_a_person_to_decide(accepted: str) -> None:
    """It does not lead to a try without TLS: whoever is in the way would have what he wants."""
    assert following(ALL, (tried(TLS, Came.UNTRUSTED),), accepted=accepted) is End.ASKS


def test_the_certificate_that_was_accepted_is_pinned_and_tried_once() -> None:
    first = tried(TLS, Came.UNTRUSTED)
    assert following(ALL, (first,), accepted=SHOWN) == Attempt(TLS, pinned=True)
    second = tried(TLS, Came.UNTRUSTED, pinned=True)
    assert following(ALL, (first, second), accepted=SHOWN) is End.ASKS


@pytest.mark.parametrize("text", ["AB:CD:01", "ab cd 01", "abcd01", "AB-CD-01"])
def test_a_fingerprint_has_one_spelling(text: str) -> None:
    assert fingerprint_of(text) == "abcd01"


def test_by_tls_sound_is_encrypted_as_far_as_calls_let_it_be() -> None:
    encryptions = [each.media_encryption for each in sounds(TLS, PLAIN)]
    assert encryptions == ["mandatory", "mandatory", "best_effort", "none"]


def test_without_tls_keys_that_anybody_could_read_are_the_last_resort() -> None:
    assert sounds(UDP, PLAIN)[0] == PLAIN
    assert sounds(UDP, PLAIN)[-1] == Sound("mandatory", "sdes")


@pytest.mark.parametrize("transport", ALL)
def test_an_account_that_insists_on_encryption_is_not_loosened(transport: Transport) -> None:
    before = Sound("mandatory", "dtls")
    assert all(each.media_encryption == "mandatory" for each in sounds(transport, before))
    assert untested_sound(transport, before) == before


def test_where_no_call_was_made_the_sound_hinders_no_phone() -> None:
    assert untested_sound(TLS, PLAIN) == Sound("best_effort")
    assert untested_sound(UDP, PLAIN) == PLAIN
