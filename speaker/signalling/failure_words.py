"""Why it failed, in the words of somebody who installs speakers and not of somebody who reads RFCs.

Each sentence says what the other side told us and what to look at next.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_ACCEPTED: Final = (
    "the server does not accept the user name and password: compare `user_id`,"
    " `authentication_id` and `password` with what the PBX has for this extension"
)

REGISTERING: Final[Mapping[int, str]] = MappingProxyType(
    {
        401: NOT_ACCEPTED,
        403: "the server forbids it: a wrong password on some PBXs, else the extension is locked,"
        " limited to other networks, or this address was blocked after failed attempts",
        404: "the server does not know this user: compare `user_id` and `domain` with the PBX",
        405: "the server takes no registrations: is `registrar` the right address?",
        407: NOT_ACCEPTED,
        408: "the server did not answer: is its address right, is it running, and does a firewall"
        " let SIP pass?",
        423: "the server wants longer registrations than `sip.register_interval_s`",
        439: "the server's first hop does not support outbound connections (RFC 5626)",
        480: "the server says that the user is not available",
        488: "the server does not accept what was asked",
        494: "the server asks for a security agreement that the speaker does not have",
        500: "the server has an inner error: look at its own log",
        502: "the server could not pass the request on",
        503: "the server cannot be reached or is overloaded",
        504: "the server waits for another one that does not answer",
        505: "the server does not speak this version of SIP",
        513: "the server finds the request too long",
        606: "the server does not accept what was asked",
    }
)

CALLING: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "the other side could not read the call",
        401: NOT_ACCEPTED,
        402: "the server wants payment for this call",
        403: "the server forbids this call: may this extension call that number?",
        404: "the number or user does not exist there",
        405: "the other side takes no calls",
        406: "the other side does not accept what was offered",
        407: NOT_ACCEPTED,
        408: "nobody answered: the address is wrong, the phone is switched off, or a firewall drops"
        " SIP",
        410: "the number or user does not exist there any more",
        413: "the other side finds the call's description too long",
        415: "the other side does not understand the description of the sound",
        416: "the other side does not know this kind of address",
        420: "the other side asks for an extension of SIP that the speaker does not have",
        421: "the other side asks for an extension of SIP that the speaker does not have",
        422: "the other side wants a longer session timer",
        433: "the other side takes no anonymous calls: set `caller_id` and `user_id`",
        480: "the phone is not registered, switched to do-not-disturb, or nobody took the call",
        481: "the other side has forgotten the call",
        482: "the call went round in a circle: look at the call forwarding of the PBX",
        483: "the call was passed on too often: look at the call forwarding of the PBX",
        484: "the number is not complete",
        485: "the number stands for several users",
        486: "busy",
        487: "the call was taken back before it was answered",
        488: "no common codec or encryption: compare `sip.codecs` with what the other side takes",
        491: "both sides changed the call at the same moment",
        493: "the other side could not decrypt the call's description",
        500: "the other side has an inner error: look at its own log",
        501: "the other side cannot do that",
        502: "a server on the way could not pass the call on",
        503: "the other side cannot be reached or is overloaded",
        504: "a server waits for another one that does not answer",
        505: "the other side does not speak this version of SIP",
        513: "the other side finds the call's description too long",
        600: "busy everywhere",
        603: "the call was declined",
        604: "the number or user does not exist anywhere",
        606: "no common codec or encryption: compare `sip.codecs` with what the other side takes",
    }
)

CLASSES: Final[Mapping[int, str]] = MappingProxyType(
    {
        3: "the other side names another address to try instead",
        4: "the other side refuses",
        5: "a server failed",
        6: "the call is refused everywhere",
    }
)


def registration_failure(code: int, reason: str) -> str:
    """Why an account is not registered; `code` and `reason` are of the last final response."""
    return _sentence(REGISTERING, code, reason)


def call_failure(code: int, reason: str) -> str:
    """Why a call was not answered; `code` and `reason` are of the final response."""
    return _sentence(CALLING, code, reason)


def _sentence(table: Mapping[int, str], code: int, reason: str) -> str:
    words = table.get(code) or CLASSES.get(code // 100, "it failed")
    said = f"{code} {reason}".strip()
    return f"{words} ({said})"
