"""Refusing a request without keeping anything of it (RFC 3261 §8.2.7)."""

import hashlib
from collections.abc import Iterable

from sip.syntax.message import Request, Response, make_response


def stateless_refusal(
    request: Request,
    code: int,
    reason: str | None = None,
    *,
    headers: Iterable[tuple[str, str]] = (),
) -> Response:
    """The response that every copy of `request`, even a partly unreadable one, gets alike.

    Its To tag comes from the request itself: the same for each copy, another for each transaction.
    """
    seed = "\n".join(request.headers.get(name) or "" for name in ("Via", "Call-ID", "CSeq"))
    digest = hashlib.blake2s(seed.encode(errors="surrogateescape"), digest_size=8)
    return make_response(request, code, reason, to_tag=digest.hexdigest(), headers=headers)
