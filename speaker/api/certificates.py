"""Certificates under `/api/v1/certificates`: listed, added, renewed, asked for, deleted."""

from __future__ import annotations

import asyncio
import base64
import binascii
import datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from conf.accounts.role import Role
from conf.certificates.folder import CertificateError
from conf.certificates.library import CertificateLibrary, Entry
from conf.certificates.name import keys_that_name
from conf.certificates.signing_request import Holder
from conf.values.secret import Secret
from speaker.api.body import Body
from speaker.api.errors import errors
from speaker.http.identity import Identity, Who
from speaker.http.rights import LONG_BODY_LIMIT, body_limit, needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speaker.device import Device

PEM = "application/x-pem-file"
_MOST_CHARACTERS = 1024 * 1024

Name = Annotated[str, Path(max_length=64)]
Read = TypeVar("Read")


class CertificateFile(Body):
    """A file with a certificate, and perhaps its key: PEM, DER (`.cer`) or PKCS #12 (`.pfx`)."""

    content: Annotated[str, Field(max_length=_MOST_CHARACTERS)]
    """The file in base64; PEM may stand here as it is."""
    password: Annotated[str, Field(max_length=128)] = ""
    """What opens the key in it, if that is encrypted."""

    @property
    def data(self) -> bytes:
        """What is in the file.

        Raises:
            CertificateError: it is neither PEM nor base64.
        """
        if "-----BEGIN " in self.content:
            return self.content.encode()
        try:
            return base64.b64decode(self.content, validate=True)
        except (binascii.Error, ValueError) as error:
            raise CertificateError("`content` is neither PEM nor base64") from error


class Certificates(BaseModel):
    """All there are."""

    certificates: list[Entry]


class SigningRequest(BaseModel):
    """What to send to a certificate authority."""

    request: str
    """PKCS #10 in PEM."""


class _Library:
    """The library as HTTP reaches it: off the main loop, and with every change in the audit log."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._library = CertificateLibrary(device.certificates_folder, self._used_by)

    def _used_by(self, name: str) -> Iterator[str]:
        return keys_that_name(name, self._device.settings.model_dump(mode="json"))

    async def read(self, what: Callable[[CertificateLibrary], Read]) -> Read:
        """What `what` finds there."""
        return await asyncio.to_thread(what, self._library)

    async def change(
        self, who: Identity, words: str, change: Callable[[CertificateLibrary], Read]
    ) -> Read:
        """Carry out `change`, and keep in the audit log who did it, in these words."""

        def run() -> Read:
            result = change(self._library)
            self._device.store.audit.note(who.name, words, address=who.address)
            return result

        return await asyncio.to_thread(run)


def certificate_routes(device: Device) -> APIRouter:
    """For administrators; operators see the names that other settings may use."""
    router = APIRouter(prefix="/api/v1/certificates", tags=["certificates"])
    library = _Library(device)
    _reading(router, library)
    _adding(router, library)
    _making(router, library)
    return router


def _reading(router: APIRouter, library: _Library) -> None:
    @router.get("")
    @needs(Role.OPERATOR)
    async def certificates() -> Certificates:
        """All there are, and which settings name them."""
        return Certificates(certificates=await library.read(lambda all_: all_.entries()))

    @router.get("/{name}")
    @needs(Role.OPERATOR)
    async def certificate(name: Name) -> Entry:
        """One of them."""
        return await library.read(lambda all_: all_.entry(name))

    @router.get("/{name}/pem", response_class=Response, responses={200: {"content": {PEM: {}}}})
    @needs(Role.OPERATOR)
    async def pem(name: Name) -> Response:
        """The certificate for those who shall trust it, with what stands between it and its CA."""
        found = await library.read(lambda all_: all_.pem(name))
        shown = {"Content-Disposition": f'attachment; filename="{name}.pem"'}
        return Response(found, media_type=PEM, headers=shown)

    @router.get("/{name}/request")
    @needs(Role.OPERATOR)
    async def waiting_request(name: Name) -> SigningRequest:
        """The request that waits for its answer."""
        found = await library.read(lambda all_: all_.waiting_request(name))
        return SigningRequest(request=found.decode())


def _adding(router: APIRouter, library: _Library) -> None:
    @router.post("/{name}", status_code=201, responses=errors(409, 503))
    @needs(Role.ADMINISTRATOR)
    @body_limit(LONG_BODY_LIMIT)
    async def add(name: Name, body: CertificateFile, who: Who) -> Entry:
        """Add one: with a key the device's own, without one somebody to trust.

        A certificate that answers a request of this name needs no key: the device has it.
        """
        return await library.change(
            who,
            f"added the certificate {name}",
            lambda all_: all_.add(name, body.data, Secret(body.password)),
        )

    @router.put("/{name}", responses=errors(409, 503))
    @needs(Role.ADMINISTRATOR)
    @body_limit(LONG_BODY_LIMIT)
    async def renew(name: Name, body: CertificateFile, who: Who) -> Entry:
        """Put another in its place; who connects from now on sees that one."""
        return await library.change(
            who,
            f"renewed the certificate {name}",
            lambda all_: all_.add(name, body.data, Secret(body.password), replace=True),
        )

    @router.delete("/{name}", status_code=204, responses=errors(409, 503))
    @needs(Role.ADMINISTRATOR)
    async def delete(name: Name, who: Who) -> None:
        """Delete one that no setting names, with its key and its request."""
        await library.change(who, f"deleted the certificate {name}", lambda all_: all_.delete(name))


def _making(router: APIRouter, library: _Library) -> None:
    @router.post("/{name}/self-signed", status_code=201, responses=errors(409, 503))
    @needs(Role.ADMINISTRATOR)
    async def make(name: Name, body: Holder, who: Who) -> Entry:
        """Make a key, and a certificate that it signs itself."""
        now = datetime.datetime.now(datetime.UTC)
        return await library.change(
            who,
            f"made the certificate {name}",
            lambda all_: all_.make_self_signed(name, body, now),
        )

    @router.post("/{name}/request", status_code=201, responses=errors(409, 503))
    @needs(Role.ADMINISTRATOR)
    async def request(name: Name, body: Holder, who: Who) -> SigningRequest:
        """Make a key that stays here, and what a CA is to sign."""
        made = await library.change(
            who,
            f"made a request for the certificate {name}",
            lambda all_: all_.request(name, body),
        )
        return SigningRequest(request=made.decode())
