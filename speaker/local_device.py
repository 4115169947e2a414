"""How a program of this machine asks the device that runs on a data folder."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from conf.files.data_folder import http_of_running_device, local_token_of_running_device

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class LocalDevice:
    """Where it answers, and the secret that lets us in."""

    url: str
    """`http://127.0.0.1:8080`, or `https:` where HTTP is off."""
    token: str

    @classmethod
    def of(cls, data: Path) -> Self | None:
        """The device that runs on this data folder; None: it does not tell where."""
        url, token = http_of_running_device(data), local_token_of_running_device(data)
        return None if url is None or token is None else cls(url, token)

    @property
    def proof(self) -> dict[str, str]:
        """The header field that shows who we are."""
        return {"Authorization": f"Bearer {self.token}"}

    def connect(self, *, timeout_s: float) -> http.client.HTTPConnection:
        """A connection that is opened by its first request."""
        where = urlsplit(self.url)
        if where.scheme == "https":
            return http.client.HTTPSConnection(where.netloc, timeout=timeout_s, context=_near())
        return http.client.HTTPConnection(where.netloc, timeout=timeout_s)


def _near() -> ssl.SSLContext:
    """Nobody is on the way within a machine, and no certificate names its loopback address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
