"""The last line of a set-up: what works, what was saved, and else what is to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from conf.certificates.facts import CertificateFacts, facts_of
from speaker.sip_setup.plan import Came, End
from speaker.trial.trial_report import Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speaker.sip_setup.plan import Tried
    from speaker.trial.trial_report import Step


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What comes out of it."""

    result: Result
    words: str
    works: Mapping[str, object] | None = None
    """Settings of the account; None: nothing works."""
    saved: str = ""
    """Id of the account; empty: nothing was saved."""
    certificate: CertificateFacts | None = None
    """That somebody has to decide about."""


def it_works(
    works: Mapping[str, object], way: str, saved: str, failures: Sequence[Step]
) -> Conclusion:
    """The account can be used; `way` says how, `failures` what went wrong beside that."""
    words = f"it works: {way}"
    words += f"; saved as {saved!r}" if saved else "; nothing was saved"
    if failures:
        words += f". But: {_last(failures)}"
    return Conclusion(Result.FAILED if failures else Result.OK, words, works, saved)


def it_does_not(
    end: End | None, tried: Sequence[Tried], shown: bytes | None, failures: Sequence[Step]
) -> Conclusion:
    """Nothing can be used; `shown` is the server's certificate (DER), where it is that."""
    why = _last(failures)
    match end:
        case End.ASKS if shown is not None:
            return Conclusion(Result.FAILED, _question(tried[-1]), certificate=_facts(shown))
        case End.REFUSED if tried[-1].came is Came.PASSWORD_REFUSED:
            words = f"{why}. Nothing more was tried, so that the PBX does not lock the account"
        case End.REFUSED:
            words = f"{why}. The server has answered, so that other ways were not tried"
        case _:
            words = why
    return Conclusion(Result.FAILED, words)


def _last(failures: Sequence[Step]) -> str:
    return failures[-1].words if failures else "nothing was tried"


def _question(latest: Tried) -> str:
    other = (
        "Put the CA of the PBX into the certificates and name it in `trusted_certificates`, or say"
        ' `"transport": "tcp"` (or "udp") to do without encryption. The password was not sent'
    )
    if latest.attempt.pinned:
        return (
            "the server's certificate was accepted, and still cannot be used: renew it on the PBX,"
            f" and look at the clock of this machine. {other}"
        )
    return (
        "the server speaks TLS, but nobody whom the speaker trusts vouches for its certificate."
        " Compare the fingerprint with the one that the PBX tells: if they are equal, repeat the"
        f" set-up with it as `accept_certificate`. {other}"
    )


def _facts(shown: bytes) -> CertificateFacts | None:
    try:
        return facts_of(x509.load_der_x509_certificate(shown))
    except ValueError:  # OpenSSL reads some that are not in order
        return None
