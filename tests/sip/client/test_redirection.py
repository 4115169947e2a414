"""Where a 3xx sends a request of ours (RFC 3261 §8.1.3.4)."""

from sip.client.redirection import MAXIMUM_CONTACTS, MAXIMUM_DEPTH, Redirection
from sip.syntax.headers import Headers
from sip.syntax.message import Response
from sip.syntax.uri import SipUri


def moved(*contacts: str) -> Response:
    return Response(302, "", Headers.of(*(("Contact", contact) for contact in contacts)))


def tried(redirection: Redirection) -> list[str]:
    found: list[str] = []
    while (uri := redirection.next()) is not None:
        found.append(str(uri))
    return found


def following(uri: str, *answers: Response) -> list[str]:
    redirection = Redirection(SipUri.parse(uri))
    for answer in answers:
        redirection.take(answer)
    return tried(redirection)


def test_contacts_are_tried_by_quality_and_else_in_their_order() -> None:
    """§20.10: 1 where `q` is not there; what is no number counts as if it were not there."""
    answer = moved("<sip:a@x>;q=0.5", "<sip:b@x>", "<sip:c@x>;q=abc", "<sip:d@x>;q=0.9")
    assert following("sip:z@x", answer) == ["sip:b@x", "sip:c@x", "sip:d@x", "sip:a@x"]


def test_what_has_been_tried_is_not_tried_again() -> None:
    assert following("sip:a@x", moved("<sip:a@x>", "<sip:b@x>"), moved("<sip:b@x>")) == ["sip:b@x"]


def test_only_sip_uris_are_followed_and_sips_only_from_sips() -> None:
    answer = moved("<tel:+1>", "<sip:a@x>", "<sips:b@x>")
    assert following("sip:z@x", answer) == ["sip:a@x", "sips:b@x"]
    assert following("sips:z@x", answer) == ["sips:b@x"]


def test_a_malformed_contact_leads_nowhere() -> None:
    assert following("sip:z@x", moved("<sip:a@x")) == []


def test_depth_and_breadth_are_bounded() -> None:
    wide = moved(*(f"<sip:{number}@x>" for number in range(100)))
    assert len(following("sip:z@x", wide)) == MAXIMUM_CONTACTS
    deep = [moved(f"<sip:{number}@x>") for number in range(100)]
    assert len(following("sip:z@x", *deep)) == MAXIMUM_DEPTH
