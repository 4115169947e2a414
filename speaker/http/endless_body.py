"""Bodies without a length, from before HTTP/1.1: VAPIX clients send sound so, until they close."""

from __future__ import annotations

import re
from typing import Final

LENGTH: Final = b"Content-Length: 9999999999999\r\n"
"""As newer clients say of sound that has no end."""

_PAGE: Final = b"/audio/transmit.cgi"
_TELLS_LENGTH: Final = re.compile(rb"(?im)^(?:content-length|transfer-encoding):")


def with_length(data: bytes) -> bytes:
    """The first bytes of a request; where it sends sound and tells no length, with one.

    Without a length the server would take what comes for further requests. The whole header must
    be in `data`, as it is: such clients write it at once.
    """
    line, _, rest = data.partition(b"\r\n")
    end = data.find(b"\r\n\r\n")
    if not rest or end < 0 or not _sends_sound(line):
        return data
    start = len(line) + 2
    if _TELLS_LENGTH.search(data, start, end):
        return data
    return data[:start] + LENGTH + data[start:]


def _sends_sound(line: bytes) -> bool:
    """Whether this is the request line of such a client. Takes no longer than the line is long."""
    if not (line.startswith(b"POST ") and line.endswith(b" HTTP/1.0")):
        return False
    words = line.split()
    return len(words) == 3 and words[1].partition(b"?")[0].endswith(_PAGE)
