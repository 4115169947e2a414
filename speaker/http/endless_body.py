"""Bodies without a length, from before HTTP/1.1: VAPIX clients send sound so, until they close."""

from __future__ import annotations

import re
from typing import Final

LENGTH: Final = b"Content-Length: 9999999999999\r\n"
"""As newer clients say of sound that has no end."""

_REQUEST_LINE: Final = re.compile(rb"POST \S+/audio/transmit\.cgi(?:\?\S*)? HTTP/1\.0\r\n")
_TELLS_LENGTH: Final = re.compile(rb"(?im)^(?:content-length|transfer-encoding):")


def with_length(data: bytes) -> bytes:
    """The first bytes of a request; where it sends sound and tells no length, with one.

    Without a length the server would take what comes for further requests. The whole header must
    be in `data`, as it is: such clients write it at once.
    """
    line = _REQUEST_LINE.match(data)
    end = data.find(b"\r\n\r\n")
    if line is None or end < 0 or _TELLS_LENGTH.search(data, line.end(), end):
        return data
    return data[: line.end()] + LENGTH + data[line.end() :]
