"""The action of a rule that tells somebody."""

import re
from typing import Annotated, Final, Literal

from conf.sections.recipients import RecipientName
from conf.sections.table import Table
from conf.values.constraints import Entries, Satisfies, Text

_HEADER: Final = re.compile(r"(?P<name>[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}): ?[\x20-\x7e]{0,512}")
RESERVED_HEADERS: Final = frozenset(
    (
        "authorization",
        "connection",
        "content-length",
        "expect",
        "host",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""Those that the request itself needs, in lower case."""


def _is_header(line: str) -> bool:
    found = _HEADER.fullmatch(line)
    return found is not None and found["name"].lower() not in RESERVED_HEADERS


Header = Annotated[
    str,
    Satisfies(
        _is_header, "a header such as `X-Site: gate 3`, or it is one that the request itself needs"
    ),
]


class Notify(Table):
    """Tells a recipient.

    `{name}` in its texts is replaced by an attribute of the event that started the rule
    (`{account}`, `{peer}`, `{digit}`…), by what the event is (`{event}`, `{value}`, `{of}`), or by
    `{device}`, `{serial}`, `{rule}` or `{time}`.
    """

    type: Literal["notify"]
    recipient: RecipientName
    """Whom: the name of an entry of `[[recipients]]`."""
    message: Annotated[
        str, Text(r"[^\x00-\x08\x0b-\x1f\x7f]{0,2000}", "at most 2000 characters")
    ] = ""
    """What is told. By HTTP it is the query argument `Message`; empty: there is none."""
    subject: Annotated[str, Text(r"[^\x00-\x1f\x7f]{0,200}", "at most 200 characters")] = ""
    """Of an email: what it is about; empty: the name of the speaker."""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    """Method of a request by HTTP."""
    parameters: Annotated[
        str, Text(r"[!-\"$-~]{0,1000}", "a query such as `door=3&open=yes`, without spaces and #")
    ] = ""
    """Query arguments of a request by HTTP, added to those of the recipient's address."""
    headers: Annotated[tuple[Header, ...], Entries(0, 16)] = ()
    """Headers of a request by HTTP: `Name: value`."""
    body: Annotated[
        str, Text(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{0,8000}", "at most 8000 characters")
    ] = ""
    """Body of a request by HTTP, but for `GET`. Without a header `Content-Type` it is JSON where it
    begins with `{` or `[`, else plain text."""
