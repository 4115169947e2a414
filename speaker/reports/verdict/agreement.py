"""Rules about what the two sides agreed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from media.sdp.codec_choice import AGREED_TOO, CHOSEN, NOT_SET, USABLE, as_set
from speaker.reports.call_report import EndedBy, Way
from speaker.reports.verdict.facts import lacks_keys
from speaker.signalling.failure_words import call_failure

if TYPE_CHECKING:
    from speaker.reports.call_report import CallReport

NO_FAILURE: Final = (480, 486, 487, 600, 603)
"""Codes of calls that people did not take: nothing is wrong with them."""
COMMON: Final = (CHOSEN, AGREED_TOO, USABLE)
"""Fates of codecs that both sides have."""


def no_codec(report: CallReport) -> str | None:
    """Nothing in the offer is a codec of both sides."""
    if not report.disagreement or any(each.fate in COMMON for each in report.codecs):
        return None
    if report.descriptions.offered_here:
        return (
            f"no codec in common: the other side answered with none that was offered"
            f" ({report.disagreement}); compare `sip.codecs` with what it takes"
        )
    names = ", ".join(each.name for each in report.codecs) or "none"
    addable = [as_set(each.name) for each in report.codecs if each.fate == NOT_SET]
    if addable:
        remedy = f"add {' or '.join(addable)} to `sip.codecs`"
    else:
        remedy = "this speaker can do none of them, so let the other side use PCMU, G722 or opus"
    return f"no codec in common: the other side has {names}; {remedy}"


def no_encryption(report: CallReport) -> str | None:
    """There is a common codec, but not both sides encrypt, or neither knows how the other does."""
    if not report.disagreement or no_codec(report) is not None:
        return None
    return (
        f"the two sides do not agree on encryption ({report.disagreement}): compare"
        " `media_encryption` of the account with what the other side does"
    )


def no_keys(report: CallReport) -> str | None:
    """The handshake for the keys did not come to its end, so that nothing could flow."""
    if not lacks_keys(report):
        return None
    why = f" ({report.end.why})" if report.end.why else ""
    return f"no keys were agreed on by DTLS, so nothing could be sent or heard{why}"


def call_failed(report: CallReport) -> str | None:
    """A call that somebody or something refused."""
    end = report.end
    if report.answered or report.disagreement or end.code in NO_FAILURE:
        return None
    if report.way is Way.OUTGOING and end.by is not EndedBy.LOCAL:
        return call_failure(end.code, end.why)
    if report.way is Way.INCOMING and end.by is EndedBy.LOCAL and end.code >= 500:
        return f"the speaker could not take the call: {end.why}"
    return None


def one_direction(report: CallReport) -> str | None:
    """The other side wanted less than both directions, all the time."""
    if not _is_narrow(report) or _is_set(report) or _was_wide(report):
        return None
    return (
        f"only {_what_was_agreed(report)} was agreed: the other side wants it so, or holds the call"
    )


def held(report: CallReport) -> str | None:
    """The other side wanted less at the end than before."""
    if not _is_narrow(report) or _is_set(report) or not _was_wide(report):
        return None
    return f"at the end the other side held the call: {_what_was_agreed(report)} was agreed"


def set_so(report: CallReport) -> str | None:
    """A setting wants less than both directions."""
    if not _is_narrow(report) or not _is_set(report):
        return None
    return f"only {_what_was_agreed(report)} was agreed: `sip.audio_direction` says so"


def _is_narrow(report: CallReport) -> bool:
    agreed = report.agreed
    return agreed is not None and agreed.direction != "sendrecv" and report.way is not Way.PAGE


def _is_set(report: CallReport) -> bool:
    agreed = report.agreed
    return agreed is not None and report.equipment.audio_direction == agreed.direction


def _was_wide(report: CallReport) -> bool:
    return report.packets.packets_sent > 0 and report.packets.packets_received > 0


def _what_was_agreed(report: CallReport) -> str:
    words = {"sendonly": "sound from the speaker", "recvonly": "sound to the speaker"}
    return words.get(report.agreed.direction if report.agreed else "", "silence")
