from __future__ import annotations

import pytest

from sip.screening import Refusal, problem_with
from sip.syntax.message import Request, parse_message
from tests.sip.wire import invite, request

METHODS = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO")


def judged(data: bytes, *, extensions: tuple[str, ...] = ()) -> Refusal | None:
    message = parse_message(data)
    assert isinstance(message, Request)
    return problem_with(message, allowed_methods=METHODS, supported_extensions=extensions)


def refused(data: bytes, *, extensions: tuple[str, ...] = ()) -> Refusal:
    refusal = judged(data, extensions=extensions)
    assert refusal is not None
    return refusal


def test_sound_requests_pass() -> None:
    assert judged(invite()) is None
    assert judged(request("BYE")) is None


@pytest.mark.parametrize(("method", "code"), [("SUBSCRIBE", 405), ("SING", 501), ("invite", 501)])
def test_method_that_is_not_allowed_is_told_which_are(method: str, code: int) -> None:
    """RFC 3261 §8.2.1, §21.5.2: known but not allowed, or unknown; methods have their case."""
    refusal = refused(request(method))
    assert refusal.code == code
    assert refusal.headers == (("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO"),)


def test_scheme_that_is_not_sips_is_refused() -> None:
    """RFC 3261 §8.2.2.1."""
    assert judged(request(uri="sips:hall@example.org")) is None
    assert refused(request(uri="tel:+46")).code == 416


def test_extension_that_is_not_supported_is_named() -> None:
    """RFC 3261 §8.2.2.3."""
    data = invite("Require: timer, 100rel", "Require: replaces")
    assert judged(data, extensions=("100REL", "timer", "replaces")) is None
    refusal = refused(data, extensions=("timer",))
    assert refusal == Refusal(420, "Bad Extension", (("Unsupported", "100rel, replaces"),))


def test_ack_is_never_refused() -> None:
    """RFC 3261 §8.2.6: nothing answers an ACK."""
    assert judged(request("ACK", "tel:1", "Require: x", body=b"x")) is None


def test_cancel_is_not_refused_for_what_it_requires() -> None:
    """RFC 3261 §8.2.2.3."""
    assert judged(request("CANCEL", "sip:hall@example.org", "Require: x", "Contact: ;;")) is None
    assert refused(request("CANCEL", "tel:1")).code == 416


@pytest.mark.parametrize("line", ["Contact: ;;", "Record-Route: <sip:a", "Require: a b"])
def test_field_that_a_dialog_would_need_must_be_sound(line: str) -> None:
    """RFC 3261 §21.4.1."""
    refusal = refused(invite(line, Contact=None))
    assert refusal == Refusal(400, f"Malformed {line.partition(':')[0]}")


@pytest.mark.parametrize("line", ["Call-Info: ;;", "Date: yesterday", "Warning: 1", "Route: ;;"])
def test_field_that_nobody_needs_may_be_anything(line: str) -> None:
    """RFC 4475 §3.1.2.12."""
    assert judged(invite(line)) is None


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (
            invite(Content_Type="text/plain"),
            Refusal(415, "Unsupported Media Type", (("Accept", "application/sdp"),)),
        ),
        (
            invite("Content-Encoding: gzip"),
            Refusal(415, "Unsupported Media Type", (("Accept-Encoding", "identity"),)),
        ),
        (invite(Content_Type=None), Refusal(400, "Missing Content-Type")),
        (invite(Content_Type="application"), Refusal(400, "Malformed Content-Type")),
        (
            invite("Content-Disposition: session;handling"),
            None,
        ),
        (
            invite("Content-Disposition: session;;"),
            Refusal(400, "Malformed Content-Disposition"),
        ),
        (invite("Content-Encoding: identity"), None),
        (invite("Content-Disposition: icon; handling=Optional", Content_Type="image/png"), None),
        (request(Content_Type="image/png"), None),
    ],
)
def test_body_must_be_one_that_is_understood(data: bytes, refusal: Refusal | None) -> None:
    """RFC 3261 §8.2.3, §20.11."""
    assert judged(data) == refusal


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Accept: text/html", 406),
        ("Accept:", 406),
        ("Accept: application/sdp;q=0", 406),
        ("Accept: text/html, application/*", None),
        ("Accept: */*", None),
        ("Accept: x", 400),
    ],
)
def test_inviter_must_take_a_description(line: str, code: int | None) -> None:
    """RFC 4475 §3.3.15, RFC 3261 §20.1."""
    refusal = judged(invite(line))
    assert (refusal.code if refusal else None) == code
    assert judged(request("OPTIONS", "sip:hall@example.org", "Accept: text/html")) is None
