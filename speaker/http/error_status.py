"""The HTTP status that tells of each error of the device's parts."""

from typing import Final

from fastapi.exceptions import RequestValidationError

from conf.account_error import (
    AccountExists,
    AccountNeeded,
    AlreadySetUp,
    BadAccount,
    NoSuchAccount,
    TooManyAccounts,
)
from conf.certificates.folder import CertificateError
from conf.certificates.library import CertificateExists, CertificateInUse, NoSuchCertificate
from sip.errors import MalformedUri, MisuseError
from speaker.calls.call_book import CallRefused, NoSuchCall
from speaker.calls.call_state import IllegalStep

STATUS: Final[dict[type[Exception], int]] = {
    RequestValidationError: 422,
    NoSuchCall: 404,
    NoSuchCertificate: 404,
    CertificateExists: 409,
    CertificateInUse: 409,
    CertificateError: 422,
    CallRefused: 409,
    IllegalStep: 409,
    MisuseError: 409,
    MalformedUri: 422,
    BadAccount: 422,
    AccountExists: 409,
    NoSuchAccount: 404,
    TooManyAccounts: 409,
    AccountNeeded: 409,
    AlreadySetUp: 409,
}
"""The most particular class counts."""
