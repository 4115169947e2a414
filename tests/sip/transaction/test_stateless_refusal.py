from sip.syntax.headers import Headers
from sip.syntax.message import Request
from sip.transaction.stateless_refusal import stateless_refusal
from tests.sip.transaction_messages import a_request


def test_copies_are_refused_alike_and_other_requests_with_another_tag() -> None:
    """RFC 3261 §8.2.7."""
    first = stateless_refusal(a_request(), 503, headers=[("Retry-After", "5")])
    assert first == stateless_refusal(a_request(), 503, headers=[("Retry-After", "5")])
    assert (first.code, first.headers.get("Retry-After")) == (503, "5")
    other = stateless_refusal(a_request(branch="z9hG4bK-2"), 503)
    assert first.to.tag
    assert first.to.tag != other.to.tag


def test_a_to_tag_that_is_there_stays() -> None:
    assert stateless_refusal(a_request(to_tag="dialog"), 503).to.tag == "dialog"


def test_what_could_hardly_be_read_can_be_refused() -> None:
    request = Request("INVITE", a_request().uri, Headers.of(("Via", "\udcff;;")))
    assert bytes(stateless_refusal(request, 400, "Bad")).startswith(b"SIP/2.0 400 Bad\r\n")
