"""The doors of the HTTP side: HTTP and HTTPS, each on or off, each on its port."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conf.certificates.folder import CertificateError
from conf.validation.problem import BadSettings, Problem, shown
from speaker.change import NOTHING, Prepared, Unavailable
from speaker.http.server import HttpServer, bind_http
from speaker.http.tls_context import RenewedContext

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from fastapi import FastAPI

    from conf.certificates.folder import Certificates
    from conf.sections.http import HttpSettings
    from conf.settings import Settings
    from speaker.change import Change
    from speaker.kept_sockets import KeptSockets, NamedSocket

OWN: Final = "speaker"
"""Name of the certificate that is made at the first start."""

HTTP, HTTPS = "http", "https"
"""The names by which sockets are kept over a restart."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """Servers that listen, as settings want them; those that stay are those that there are."""

    http: HttpServer | None
    https: HttpServer | None
    tls: RenewedContext | None


class Doors:
    """Bound before anything is promised, served once the device can answer.

    New doors are opened before the old ones are closed, and who is inside has a moment to finish.
    """

    def __init__(
        self,
        app: FastAPI,
        bind: str | None,
        certificates: Certificates,
        kept: KeptSockets,
        *,
        on_open: Callable[[str], None] = lambda _url: None,
    ) -> None:
        """`on_open` is told the URL by which programs of this machine get in, when it is new."""
        self._on_open = on_open
        self._app = app
        self._bind = bind
        self._certificates = certificates
        self._kept = kept
        self._http: HttpServer | None = None
        self._https: HttpServer | None = None
        self._tls: RenewedContext | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int | None:
        """The TCP port of HTTP; None: it is off."""
        return None if self._http is None else self._http.port

    @property
    def https_port(self) -> int | None:
        """The TCP port of HTTPS; None: it is off."""
        return None if self._https is None else self._https.port

    @property
    def sockets(self) -> list[NamedSocket]:
        """Those that are listened on."""
        servers = ((HTTP, self._http), (HTTPS, self._https))
        return [(name, each) for name, server in servers if server for each in server.sockets]

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`."""
        if not change.concerns(lambda settings: settings.http):
            return NOTHING
        new, old = change.new.http, None if change.old is None else change.old.http
        tls = None
        if new.https_enabled and (self._tls is None or old is None or _shows(old) != _shows(new)):
            tls = await change.off_loop(lambda: self._context_of(change.new))
        ready = self._opened(old, new, tls)
        return Prepared(lambda _now: self._take(ready), lambda: self._close_unused(ready))

    def _opened(
        self, old: HttpSettings | None, new: HttpSettings, tls: RenewedContext | None
    ) -> _Ready:
        """What answers by the new settings; what has not changed is what it was."""
        http, https = self._http, self._https
        if old is None or (old.enabled, old.port) != (new.enabled, new.port):
            http = None
            if new.enabled:
                http = HttpServer(self._app, self._bound(HTTP, "http.port", new.port))
        if old is None or (old.https_enabled, old.https_port) != (
            new.https_enabled,
            new.https_port,
        ):
            https = None
            try:
                if new.https_enabled and (tls or self._tls) is not None:
                    sockets = self._bound(HTTPS, "http.https_port", new.https_port)
                    https = HttpServer(self._app, sockets, tls or self._tls)
            except Unavailable:
                self._close_unused(_Ready(http, None, tls))
                raise
        return _Ready(http, https, tls)

    def _take(self, ready: _Ready) -> None:
        before = (self._http, self._https)
        if ready.tls is not None:
            if ready.https is self._https and self._tls is not None:
                self._tls.become(ready.tls)
            else:
                self._tls = ready.tls
        self._http, self._https = ready.http, ready.https
        if before != (ready.http, ready.https):
            self._on_open(self._near_url())
        for was, now in zip(before, (ready.http, ready.https), strict=True):
            if was is now:
                continue
            if now is not None:
                now.start()
            if was is not None:  # the request that brought this may be inside
                closing = asyncio.create_task(was.stop())
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)

    def _near_url(self) -> str:
        # Without --bind they are at every address; loopback is the one that never changes.
        near = self._bind or "127.0.0.1"
        near = f"[{near}]" if ":" in near else near
        if self.port is not None:
            return f"http://{near}:{self.port}"
        return f"https://{near}:{self.https_port}"

    def _close_unused(self, ready: _Ready) -> None:
        for server in (ready.http, ready.https):
            if server is not None and server not in (self._http, self._https):
                server.close()

    async def stop(self) -> None:
        """Let running requests finish for a moment, then close."""
        servers = [server for server in (self._http, self._https) if server is not None]
        self._http = self._https = None
        await asyncio.gather(*(server.stop() for server in servers), *self._closing)

    def _context_of(self, settings: Settings) -> RenewedContext:
        name = settings.http.certificate
        try:
            self._certificates.prepare()
            if name == OWN:
                self._certificates.make_self_signed(OWN, settings.device.name)
            return RenewedContext(self._certificates, name)
        except CertificateError as error:
            raise BadSettings([Problem("http.certificate", shown(name), str(error))]) from error

    def _bound(self, name: str, key: str, port: int) -> list[socket.socket]:
        kept = self._kept.take(name, bind=self._bind, port=port)
        if kept:
            return kept
        try:
            return bind_http(self._bind, port)
        except OSError as error:
            where = f" of {self._bind}" if self._bind else ""
            why = error.strerror or str(error)
            problem = Problem(key, shown(port), f"cannot be opened{where}: {why}")
            sentence = f"{name.upper()} port {port}{where} cannot be opened: {why}"
            raise Unavailable([problem], sentence) from error


def _shows(settings: HttpSettings) -> object:
    return settings.https_enabled, settings.certificate
