"""The doors of the HTTP side: HTTP and HTTPS, each on or off, each on its port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conf.certificates.folder import CertificateError
from conf.problem import BadSettings, Problem, shown
from speaker.http.server import HttpServer, bind_http
from speaker.http.tls_context import RenewedContext

if TYPE_CHECKING:
    import socket

    from fastapi import FastAPI

    from conf.certificates.folder import Certificates
    from conf.http_settings import HttpSettings

OWN: Final = "speaker"
"""Name of the certificate that is made at the first start."""


class PortUnavailable(Exception):
    """A port cannot be had; the message is a sentence."""

    def __init__(self, key: str, port: int, *, bind: str | None, why: str) -> None:
        where = f" of {bind}" if bind else ""
        protocol = "HTTPS" if "https" in key else "HTTP"
        super().__init__(f"{protocol} port {port}{where} cannot be opened: {why}")
        self.problem = Problem(key, shown(port), f"cannot be opened{where}: {why}")


class Doors:
    """Bound before anything is promised, served once the device can answer."""

    def __init__(self, bind: str | None, certificates: Certificates, *, device_name: str) -> None:
        self._bind = bind
        self._certificates = certificates
        self._device_name = device_name
        self._http: HttpServer | None = None
        self._https: HttpServer | None = None
        self._tls: RenewedContext | None = None
        self._opened: tuple[HttpSettings, FastAPI] | None = None

    @property
    def port(self) -> int | None:
        """The TCP port of HTTP; None: it is off."""
        return None if self._http is None else self._http.port

    @property
    def https_port(self) -> int | None:
        """The TCP port of HTTPS; None: it is off."""
        return None if self._https is None else self._https.port

    def open(self, settings: HttpSettings, app: FastAPI) -> None:
        """Take the ports.

        Raises:
            BadSettings: the certificate cannot be used.
            PortUnavailable: a port is taken, or the address is not ours.
        """
        tls = self._context_of(settings.certificate) if settings.https_enabled else None
        http = self._new_http(settings, app)
        try:
            self._https = self._new_https(settings, app, tls)
        except PortUnavailable:
            if http is not None:
                http.close()
            raise
        self._http, self._tls, self._opened = http, tls, (settings, app)

    def start(self) -> None:
        """Answer from now on."""
        for server in (self._http, self._https):
            if server is not None:
                server.start()

    async def apply(self, settings: HttpSettings) -> None:
        """Open what is new, then close what is old; running requests of that have a moment.

        Raises:
            BadSettings: a port is taken, or the certificate cannot be used; nothing has changed.
        """
        if self._opened is None:
            raise RuntimeError("the doors were not opened yet")
        old, app = self._opened
        before = (self._http, self._https)
        try:
            after = self._replaced(old, settings, app)
        except PortUnavailable as taken:
            raise BadSettings([taken.problem]) from taken
        self._http, self._https = after
        self._opened = settings, app
        for was, now in zip(before, after, strict=True):
            if was is now:
                continue
            if now is not None:
                now.start()
            if was is not None:
                await was.stop()

    def _replaced(
        self, old: HttpSettings, new: HttpSettings, app: FastAPI
    ) -> tuple[HttpServer | None, HttpServer | None]:
        """What answers by the new settings; what has not changed is what it was."""
        tls = self._tls
        if new.https_enabled and (tls is None or new.certificate != old.certificate):
            tls = self._context_of(new.certificate)
        http, https = self._http, self._https
        if (old.enabled, old.port) != (new.enabled, new.port):
            http = self._new_http(new, app)
        try:
            if (old.https_enabled, old.https_port) != (new.https_enabled, new.https_port):
                https = self._new_https(new, app, tls)
        except PortUnavailable:
            if http is not None and http is not self._http:
                http.close()
            raise
        if https is not None and https is self._https and self._tls is not None:
            self._tls.use(new.certificate)
        else:
            self._tls = tls
        return http, https

    async def stop(self) -> None:
        """Let running requests finish for a moment, then close."""
        for server in (self._http, self._https):
            if server is not None:
                await server.stop()
        self._http = self._https = None

    def _new_http(self, settings: HttpSettings, app: FastAPI) -> HttpServer | None:
        if not settings.enabled:
            return None
        return HttpServer(app, self._bound("http.port", settings.port))

    def _new_https(
        self, settings: HttpSettings, app: FastAPI, tls: RenewedContext | None
    ) -> HttpServer | None:
        if tls is None or not settings.https_enabled:
            return None
        return HttpServer(app, self._bound("http.https_port", settings.https_port), tls.context)

    def _context_of(self, name: str) -> RenewedContext:
        try:
            self._certificates.prepare()
            if name == OWN:
                self._certificates.make_self_signed(OWN, self._device_name)
            return RenewedContext(self._certificates, name)
        except CertificateError as error:
            raise BadSettings([Problem("http.certificate", shown(name), str(error))]) from error

    def _bound(self, key: str, port: int) -> list[socket.socket]:
        try:
            return bind_http(self._bind, port)
        except OSError as error:
            why = error.strerror or str(error)
            raise PortUnavailable(key, port, bind=self._bind, why=why) from error
