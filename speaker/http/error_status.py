"""The HTTP status that tells of each error of the device's parts."""

from typing import Final

from conf.accounts.account_error import (
    AccountExists,
    AccountNeeded,
    AlreadySetUp,
    BadAccount,
    NoSuchAccount,
    TooManyAccounts,
)
from conf.certificates.folder import CertificateError
from conf.certificates.library import CertificateExists, CertificateInUse, NoSuchCertificate
from conf.store.store_error import StoreError
from conf.validation.problem import BadSettings, ChangedMeanwhile, FixedSettings
from media.clips.clip import ClipError
from media.speech.errors import (
    NothingToSpeak,
    SpeechError,
    SpeechTooLong,
    UnknownVoice,
)
from sip.errors import MalformedUri, MisuseError
from speaker.calls.call_book import CallRefused, NoSuchCall
from speaker.calls.call_state import IllegalStep
from speaker.change import Unavailable
from speaker.event_feed import TooManyListeners
from speaker.http.file_body import NoFile
from speaker.sound.clip_player import TooManyClips
from speaker.sound.clip_refusals import (
    BadClipName,
    BuiltInClip,
    ClipExists,
    ClipInUse,
    DiskTrouble,
    LibraryBusy,
    LibraryFull,
    NotPlayable,
    TooLarge,
    UnknownClip,
)
from speaker.sound.speech import SpeechBusy, SpeechStopped, TooManySpeeches

STATUS: Final[dict[type[Exception], int]] = {
    TooManyListeners: 503,
    NoSuchCall: 404,
    UnknownClip: 404,
    NoSuchCertificate: 404,
    CertificateExists: 409,
    CertificateInUse: 409,
    CertificateError: 422,
    CallRefused: 409,
    ClipError: 409,
    FixedSettings: 409,
    Unavailable: 409,
    IllegalStep: 409,
    MisuseError: 409,
    TooManyClips: 409,
    ChangedMeanwhile: 412,
    BadSettings: 422,
    MalformedUri: 422,
    BadAccount: 422,
    AccountExists: 409,
    NoSuchAccount: 404,
    TooManyAccounts: 409,
    AccountNeeded: 409,
    AlreadySetUp: 409,
    StoreError: 503,
    BadClipName: 422,
    ClipExists: 409,
    BuiltInClip: 409,
    ClipInUse: 409,
    NotPlayable: 422,
    TooLarge: 413,
    LibraryFull: 409,
    LibraryBusy: 503,
    DiskTrouble: 507,
    NoFile: 422,
    SpeechError: 503,
    UnknownVoice: 422,
    NothingToSpeak: 422,
    SpeechTooLong: 422,
    SpeechBusy: 503,
    SpeechStopped: 409,
    TooManySpeeches: 409,
}
"""The most particular class counts."""
