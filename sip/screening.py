"""What a user agent must refuse before it looks at what a request is about (RFC 3261 §8.2).

These are the refusals that follow from the message alone. Those that need memory are the user
agent's: 481 without the dialog, 482 for merged requests, 486, and who may call at all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sip.errors import MalformedHeader
from sip.syntax.media_type import SDP
from sip.syntax.message import Request
from sip.syntax.methods import KNOWN_METHODS
from sip.syntax.parameters import Parameters
from sip.syntax.reason_phrases import reason_phrase
from sip.syntax.uri import SipUri


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to give instead of doing what was asked; the arguments of `make_response`."""

    code: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


def problem_with(
    request: Request,
    *,
    allowed_methods: Collection[str],
    supported_extensions: Collection[str] = (),
    accepted_types: Collection[str] = (SDP,),
    answer_type: str = SDP,
) -> Refusal | None:
    """The first thing wrong with a request that `parse_message` returned, in the order of §8.2.

    `accepted_types` are the media types that a body of this method may have, `answer_type` that of
    the body which an INVITE is answered with. An ACK has no answer and so no problem (§8.2.6),
    and of a CANCEL only the method and the Request-URI are judged, as it cannot require anything
    (§8.2.2.3). Where there is no problem, Contact, Record-Route, Require and Content-Type are well
    formed.
    """
    if request.method == "ACK":
        return None
    refusal = _method(request, allowed_methods) or _uri(request)
    if refusal is not None or request.method == "CANCEL":
        return refusal
    try:
        _ = request.contacts, request.record_routes
        return (
            _extensions(request, supported_extensions)
            or _body(request, accepted_types)
            or _answer(request, answer_type)
        )
    except MalformedHeader as error:
        return Refusal(400, f"Malformed {error.header}" if error.header else reason_phrase(400))


def _method(request: Request, allowed: Collection[str]) -> Refusal | None:
    if request.method in allowed:
        return None
    code = 405 if request.method in KNOWN_METHODS else 501
    return Refusal(code, reason_phrase(code), (("Allow", ", ".join(allowed)),))


def _uri(request: Request) -> Refusal | None:
    if not isinstance(request.uri, SipUri):
        return Refusal(416, reason_phrase(416))
    if request.uri.headers:
        return Refusal(400, "Header Fields in Request-URI")  # §19.1.1, RFC 4475 §3.1.2.11
    return None


def _extensions(request: Request, supported: Collection[str]) -> Refusal | None:
    known = {tag.lower() for tag in supported}
    unsupported = [tag for tag in request.require if tag.lower() not in known]
    if not unsupported:
        return None
    return Refusal(420, reason_phrase(420), (("Unsupported", ", ".join(unsupported)),))


def _body(request: Request, accepted: Collection[str]) -> Refusal | None:
    media_type = request.content_type
    if not request.body or _may_be_ignored(request):
        return None
    if media_type is None:
        return Refusal(400, "Missing Content-Type")  # §20.15
    if any(coding.lower() != "identity" for coding in request.content_encodings):
        return Refusal(415, reason_phrase(415), (("Accept-Encoding", "identity"),))
    if media_type.name not in accepted:
        return Refusal(415, reason_phrase(415), (("Accept", ", ".join(accepted)),))
    return None


def _may_be_ignored(request: Request) -> bool:
    """Whether the sender marked the body as one that nobody has to understand (§20.11)."""
    disposition = request.headers.get("Content-Disposition")
    if disposition is None:
        return False
    _, semicolon, rest = disposition.partition(";")
    try:
        handling = Parameters.parse(semicolon + rest).get("handling")
    except MalformedHeader as error:
        raise MalformedHeader(str(error), header="Content-Disposition") from error
    return (handling or "").lower() == "optional"


def _answer(request: Request, answer_type: str) -> Refusal | None:
    """An INVITE is answered with a description, so its sender must take one (RFC 4475 §3.3.15)."""
    if request.method != "INVITE" or "Accept" not in request.headers:
        return None
    if any(accepted.covers(answer_type) for accepted in request.accept):
        return None
    return Refusal(406, reason_phrase(406), (("Accept", answer_type),))
