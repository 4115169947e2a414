"""TLS of the device: what its settings mean to the transport, and what an installer is told."""

from __future__ import annotations

import datetime
from collections import ChainMap
from typing import TYPE_CHECKING, Final

import structlog

from conf.certificates.folder import CertificateError, Certificates, expiring
from conf.validation.problem import BadSettings, Problem, shown
from sip.transport.tls_contexts import TlsContexts
from sip.transport.tls_profile import CertificateFiles, ClientProfile, ServerProfile, TlsVersion
from sip.transport.tls_trouble import TlsFailure

if TYPE_CHECKING:
    import asyncio
    from collections.abc import MutableMapping
    from pathlib import Path

    from conf.settings import AccountSettings, Settings, SipSettings

log = structlog.get_logger(__name__)

OWN: Final = "speaker"
"""Name of the certificate that is made at the first start."""

LOOK_EVERY_S: Final = 86400.0


def tls_settings(settings: Settings) -> object:
    """Everything that a change of makes other terms of TLS."""
    sip = settings.sip
    of_accounts = [
        (
            each.id,
            each.transport,
            each.tls_version,
            each.certificate,
            each.verify_server_certificate,
            each.trusted_certificates,
        )
        for each in sip.accounts
    ]
    return sip.enabled, sip.certificate, sip.trusted_certificates, of_accounts


class Tls:
    """The certificates that the settings name, and who uses them for what."""

    def __init__(self, settings: SipSettings, folder: Path, *, device_name: str) -> None:
        self._settings = settings
        self._certificates = Certificates(folder)
        self._device_name = device_name
        self._problems: list[Problem] = []
        self._paths: list[Path] = []
        self._timer: asyncio.TimerHandle | None = None

    def contexts(self, guests: MutableMapping[str, ClientProfile]) -> TlsContexts:
        """Everything that the transport needs; makes our own certificate if there is none.

        `guests` are the profiles of accounts that are in no settings; they come and go.

        Raises:
            BadSettings: certificates that cannot be used, each by the setting that names it.
        """
        server = self._server()
        clients = {
            account.id: self._client(f"sip.accounts[{i}]", account)
            for i, account in enumerate(self._settings.accounts)
        }
        if server is None or self._problems:
            raise BadSettings(self._problems)
        try:
            return TlsContexts(server, ChainMap(clients, guests), on_trouble=log.error)
        except TlsFailure as failure:
            name = self._settings.certificate
            raise BadSettings([Problem("sip.certificate", shown(name), str(failure))]) from failure

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Warn of certificates that expire, now and every day."""
        for expiry in expiring(self._paths, datetime.datetime.now(datetime.UTC)):
            log.warning(f"certificate: {expiry}", days=expiry.days)
        self._timer = loop.call_later(LOOK_EVERY_S, self.watch, loop)

    def close(self) -> None:
        """Warn no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _server(self) -> ServerProfile | None:
        sip = self._settings
        try:
            self._certificates.prepare()
            if sip.certificate == OWN:
                self._certificates.make_self_signed(OWN, self._device_name)
        except CertificateError as error:
            self._problems.append(Problem("sip.certificate", shown(sip.certificate), str(error)))
            return None
        certificate = self._own("sip.certificate", sip.certificate)
        trusted = self._trusted("sip.trusted_certificates", sip.trusted_certificates)
        return (
            None if certificate is None else ServerProfile(certificate=certificate, trusted=trusted)
        )

    def _client(self, at: str, account: AccountSettings) -> ClientProfile:
        if account.transport == "tls" and not account.verify_server_certificate:
            log.warning(
                "TLS servers need not prove who they are: anybody on the way can listen in",
                account=account.id,
                setting=f"{at}.verify_server_certificate",
            )
        return ClientProfile(
            version=TlsVersion(account.tls_version),
            certificate=self._own(f"{at}.certificate", account.certificate),
            verify=account.verify_server_certificate,
            trusted=self._trusted(f"{at}.trusted_certificates", account.trusted_certificates),
        )

    def _own(self, key: str, name: str) -> CertificateFiles | None:
        if not name:
            return None
        try:
            own = self._certificates.own(name)
        except CertificateError as error:
            self._problems.append(Problem(key, shown(name), f"cannot be used: {error}"))
            return None
        self._paths.append(own.chain)
        return CertificateFiles(own.chain, own.key)

    def _trusted(self, key: str, names: tuple[str, ...]) -> tuple[Path, ...]:
        paths: list[Path] = []
        for i, name in enumerate(names):
            try:
                paths.append(self._certificates.trusted(name))
            except CertificateError as error:
                problem = Problem(f"{key}[{i}]", shown(name), f"cannot be used: {error}")
                self._problems.append(problem)
        self._paths += paths
        return tuple(paths)
