"""Accounts for the time of a trial: in no settings, and gone without a trace."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conf.certificates.folder import Certificates
from sip.transport.tls_profile import CertificateFiles, ClientProfile, TlsVersion
from speaker.signalling.accounts import sip_account
from speaker.sip_setup.plan import Sound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conf.settings import AccountSettings
    from sip.account import Account
    from sip.flow import Transport
    from speaker.device import Device

_NUMBERS: Final = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Guest:
    """An account for one attempt."""

    settings: AccountSettings
    account: Account
    profile: ClientProfile

    @property
    def sound(self) -> Sound:
        """As the account has it."""
        return Sound(self.settings.media_encryption, self.settings.media_key_exchange)

    def with_sound(self, sound: Sound) -> AccountSettings:
        """The settings for a call with this kind of sound."""
        chosen = {
            "media_encryption": sound.media_encryption,
            "media_key_exchange": sound.media_key_exchange,
        }
        return self.settings.model_copy(update=chosen)


async def guest_of(
    device: Device, settings: AccountSettings, transport: Transport, pinned: Path | None
) -> Guest:
    """A guest that goes by `transport` as the account would; `pinned` is whom it believes.

    Its id is none that settings could have. It registers without outbound (RFC 5626), or its
    Contact would take the place of the device's own.

    Raises:
        CertificateError: a certificate that the account names cannot be used.
    """
    own = settings.model_copy(
        update={
            "id": f"set-up {next(_NUMBERS)}",
            "transport": transport.value.lower(),
            "secondary_server": "",
            "follow_redirects": False,
            "verify_server_certificate": True,
        }
    )
    profile = await asyncio.to_thread(_profile, device.certificates_folder, own, pinned)
    name = device.settings.device.name
    account = sip_account(own, device.settings.sip, device_name=name, instance="")
    return Guest(own, account, profile)


@contextmanager
def received(device: Device, guest: Guest) -> Iterator[None]:
    """Let the device use a guest; at the end it is unregistered."""
    if guest.account.registrar is not None:
        device.registrations.expect_guest(guest.account.id)
    with device.turn():
        device.telephony.receive_guest(guest.account, guest.profile)
    try:
        yield
    finally:
        with device.turn():
            device.telephony.dismiss_guest(guest.account)


def _profile(folder: Path, settings: AccountSettings, pinned: Path | None) -> ClientProfile:
    certificates = Certificates(folder)
    certificate = None
    if settings.certificate:
        own = certificates.own(settings.certificate)
        certificate = CertificateFiles(own.chain, own.key)
    trusted = tuple(certificates.trusted(name) for name in settings.trusted_certificates)
    return ClientProfile(
        version=TlsVersion(settings.tls_version),
        certificate=certificate,
        verify=True,
        trusted=trusted if pinned is None else (pinned,),
    )
