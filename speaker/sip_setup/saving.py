"""What works, made the settings' own: one change, or none."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from conf.certificates.folder import CertificateError
from conf.certificates.library import CertificateExists, CertificateLibrary
from conf.validation.problem import ChangedMeanwhile
from conf.values.secret import Secret
from speaker.sip_setup.facts import draft

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from conf.settings import Settings
    from speaker.device import Device
    from speaker.http.identity import Identity
    from speaker.sip_setup.facts import Facts

TRIES: Final = 8
"""How often accounts are changed that others are changing at the same time."""


def accounts_of(settings: Settings) -> list[dict[str, Any]]:
    """The accounts as the store takes them, secrets hidden; nobody else holds them."""
    return [each.model_dump(mode="json", by_alias=True) for each in settings.sip.accounts]


async def save(
    device: Device,
    facts: Facts,
    works: Mapping[str, object],
    who: Identity,
    pinned: bytes | None,
) -> str:
    """Put the account into the settings, and return its id.

    `pinned` is the certificate (DER) by which the server is believed, if there is one; it is kept
    beside those that administrators have added.

    Raises:
        BadSettings: as of the store; nothing has changed.
        StoreError: likewise.
        CertificateError: the certificate cannot be kept; nothing has changed.
    """
    return await asyncio.to_thread(_save, device, facts, works, who, pinned)


def _save(
    device: Device,
    facts: Facts,
    works: Mapping[str, object],
    who: Identity,
    pinned: bytes | None,
) -> str:
    account = draft(accounts_of(device.store.settings), facts).id
    library = CertificateLibrary(device.certificates_folder, lambda _name: ())
    added = ""
    if pinned is not None:
        name, is_new = _kept(library, account, pinned)
        added = name if is_new else ""
        works = {**works, "trusted_certificates": [name]}
    try:
        account = _change(device, facts, works, who)
    except BaseException:
        if added:
            library.delete(added)
        raise
    if added:
        words = f"trusts the certificate {added} of the SIP server of {account}"
        device.store.audit.note(who.name, words, address=who.address)
    return account


def _change(device: Device, facts: Facts, works: Mapping[str, object], who: Identity) -> str:
    store = device.store
    for attempt in itertools.count(1):
        since = store.settings
        drafted = draft(accounts_of(since), facts)
        tables = {"sip": {"accounts": drafted.settled(works)}}
        try:
            store.change(tables, by=who.name, address=who.address, since=since)
        except ChangedMeanwhile:
            if attempt == TRIES:
                raise
        else:
            return drafted.id
    raise AssertionError("counting has an end")


def _kept(library: CertificateLibrary, account: str, pinned: bytes) -> tuple[str, bool]:
    """The name under which a certificate is kept, and whether it was not before.

    Raises:
        CertificateError: it cannot be.
    """
    pem = x509.load_der_x509_certificate(pinned).public_bytes(Encoding.PEM)
    for name in _names(f"{account[:48]}-server"):
        try:
            library.add(name, pem, Secret())
        except CertificateExists:
            if library.pem(name) == pem:
                return name, False
        else:
            return name, True
    raise CertificateError("there are too many certificates of servers")


def _names(base: str) -> Iterator[str]:
    yield base
    yield from (f"{base}-{number}" for number in range(2, 100))
