"""What offers and answers say about encryption, and what of it is acceptable.

By keys in the description (RFC 4568) or by DTLS (RFC 5763), on lines that insist on it and on
plain ones that do not (opportunistic SRTP, RFC 8643).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from media.errors import NotAcceptable
from media.sdp.agreement import Capabilities, Encryption, KeyExchange
from media.sdp.audio_line import PLAIN_RTP
from media.sdp.security_description import (
    SecurityDescription,
    own_descriptions,
    security_descriptions,
)
from media.sdp.session_description import Attribute, MediaDescription, SessionDescription
from media.security.dtls_setup import (
    IN_ANSWER,
    IN_OFFER,
    DtlsTerms,
    Setup,
    answering_setup,
    setup_said,
)
from media.security.fingerprint import Fingerprint, fingerprints
from media.security.srtp_keys import SrtpKeys

SECURE_RTP: Final = "RTP/SAVP"
DTLS_RTP: Final = "UDP/TLS/RTP/SAVP"

PLAIN_PROFILES: Final = (PLAIN_RTP, "RTP/AVPF")
SECURE_PROFILES: Final = (SECURE_RTP, "RTP/SAVPF")
DTLS_PROFILES: Final = (DTLS_RTP, "UDP/TLS/RTP/SAVPF")
"""Each with and without the feedback of RFC 4585, of which we give none."""


MOST_REASONS: Final = 8
"""Keys of one line of which it is told why they cannot be used."""


@dataclass(frozen=True, slots=True)
class Security:
    """What protects the sound of one line, as its description has it; neither: nothing does."""

    crypto: SecurityDescription | None = None
    """The peer's key of the suite that was chosen."""
    dtls: DtlsTerms | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the sound is not encrypted."""
        return self.crypto is None and self.dtls is None


def with_offer(line: MediaDescription, capabilities: Capabilities) -> MediaDescription:
    """Our audio line with what we offer: keys or a fingerprint, on a line that insists or not."""
    if capabilities.encryption is Encryption.NONE:
        return line
    insists = capabilities.encryption is Encryption.MANDATORY
    if capabilities.key_exchange is KeyExchange.DTLS and capabilities.identity is not None:
        current = capabilities.association
        setup = Setup.ACTPASS if current is None else current.setup
        protocol = DTLS_RTP if insists else PLAIN_RTP
        return _with(line, protocol, _by_dtls(capabilities.identity.fingerprint, setup))
    suites = [suite for suite in capabilities.offered if suite in capabilities.keys]
    offered = {suite: capabilities.keys[suite] for suite in suites}
    before = None if capabilities.in_use is None else capabilities.in_use.srtp
    mki = b"" if before is None else before.local_mki  # our key goes on, and so does its name
    keys = [description.attribute() for description in own_descriptions(offered, mki)]
    return _with(line, SECURE_RTP if insists else PLAIN_RTP, keys)


def chosen(
    theirs: SessionDescription, line: MediaDescription, capabilities: Capabilities
) -> Security:
    """What we would answer to an offered line with: DTLS, else a key, else nothing.

    Raises:
        NotAcceptable: the line cannot be served, whatever its formats are.
    """
    wanted, protocol = capabilities.encryption, line.protocol
    if wanted is Encryption.NONE:
        if protocol in PLAIN_PROFILES:
            return Security()
        if protocol in (*SECURE_PROFILES, *DTLS_PROFILES):
            raise NotAcceptable(f"the offer insists on encryption by {protocol}, which is off here")
        raise NotAcceptable(f"{protocol} is not {PLAIN_RTP}")
    dtls = _acceptable_terms(theirs, line, capabilities)
    if protocol in DTLS_PROFILES and dtls is None:
        raise NotAcceptable(f"{protocol} without a fingerprint that can be used")
    if dtls is not None and protocol in (*PLAIN_PROFILES, *SECURE_PROFILES, *DTLS_PROFILES):
        return Security(dtls=dtls)
    crypto = _common_crypto(line, capabilities)
    if protocol in PLAIN_PROFILES:
        if crypto is None and wanted is Encryption.MANDATORY:
            why = _why_unusable(line)
            raise NotAcceptable(f"encryption is mandatory, and the offer holds no key for it{why}")
    elif protocol not in SECURE_PROFILES:
        raise NotAcceptable(f"{protocol} is not {PLAIN_RTP}")
    elif crypto is None:
        raise NotAcceptable(f"{protocol} without a key that can be used{_why_unusable(line)}")
    return Security(crypto=crypto)


def with_answer(
    line: MediaDescription, protocol: str, security: Security, capabilities: Capabilities
) -> MediaDescription:
    """Our audio line with what answers the peer's.

    Whoever names its key in packets (MKI) is answered with a key of the same name: RFC 4568 leaves
    that to each side, and those that do it (Lync) expect it.
    """
    if security.dtls is not None and capabilities.identity is not None:
        print_ = capabilities.identity.fingerprint
        return _with(line, protocol, _by_dtls(print_, security.dtls.setup))
    if security.crypto is not None:
        key = capabilities.keys[security.crypto.suite]
        own = replace(security.crypto, key=key, lifetime=None)
        return _with(line, protocol, [own.attribute()])
    return _with(line, protocol, ())


def keys_of(security: Security, capabilities: Capabilities) -> SrtpKeys | None:
    """The keys that offer and answer hold together; None: there are none in them."""
    crypto = security.crypto
    if crypto is None:
        return None
    own = capabilities.keys[crypto.suite]
    return SrtpKeys(crypto.suite, own, crypto.key, crypto.mki, crypto.mki, crypto.lifetime)


def may_answer(offered: MediaDescription, protocol: str) -> bool:
    """Whether a line of `protocol` may answer ours: one of the same, or one that insists.

    Phones that take the keys of a plain line say so by the profile too, though RFC 3264 §6 has an
    answer repeat the offer's.
    """
    if offered.protocol == protocol:
        return True
    if offered.protocol not in PLAIN_PROFILES:
        return False
    by_keys = offered.value("crypto") is not None and protocol in SECURE_PROFILES
    by_dtls = offered.value("fingerprint") is not None and protocol in DTLS_PROFILES
    return by_keys or by_dtls


def answered(
    offered: MediaDescription,
    theirs: SessionDescription,
    line: MediaDescription,
    current: DtlsTerms | None,
) -> tuple[SrtpKeys | None, DtlsTerms | None]:
    """What an answer made of the keys or the fingerprint that we offered.

    To a later offer, on hold for example, Linphone answers on a line of DTLS without a fingerprint,
    which RFC 8842 §5.3 asks for. Then the `current` association goes on, with whom it is.

    Raises:
        NotAcceptable: our line insists on encryption, and the answer has nothing to it; or it takes
            what we offered in a way that we cannot honour. That is no plain sound: the peer's comes
            encrypted.
    """
    keys = dtls = None
    if offered.value("fingerprint") is not None:
        dtls = _terms(theirs, line, setup_said(_attribute(theirs, line, "setup"), IN_ANSWER), None)
        says_nothing = _attribute(theirs, line, "fingerprint") is None
        if dtls is None and says_nothing and line.protocol in DTLS_PROFILES:
            dtls = current
        missing = "fingerprint that can be used"
    else:
        keys = _answered_keys(offered, line)
        missing = "key for it"
    if keys is not None or dtls is not None:
        return keys, dtls
    if offered.protocol not in PLAIN_PROFILES:
        raise NotAcceptable(f"encryption is mandatory, and the answer holds no {missing}")
    _refuse_unusable(offered, theirs, line)
    if line.protocol not in PLAIN_PROFILES:
        raise NotAcceptable(f"the answer is {line.protocol}, and holds no {missing}")
    return None, None


def _refuse_unusable(
    offered: MediaDescription, theirs: SessionDescription, line: MediaDescription
) -> None:
    """Raise NotAcceptable for an answer that is encrypted all the same, in its own way."""
    by_dtls = offered.value("fingerprint") is not None
    for value in line.values("crypto") if by_dtls or offered.value("crypto") is not None else ():
        try:
            read = SecurityDescription.parse(value)
        except NotAcceptable as reason:
            raise NotAcceptable(f"the answer is encrypted, and cannot be read: {reason}") from None
        raise NotAcceptable(
            f"the answer is encrypted by {read.tag} {read.suite.value}, which was not offered"
        )
    if by_dtls and _attribute(theirs, line, "fingerprint") is not None:
        raise NotAcceptable("the answer is encrypted by DTLS, on terms that cannot be met")


def _answered_keys(offered: MediaDescription, line: MediaDescription) -> SrtpKeys | None:
    """The keys that an answer chose of ours, by its tag and suite (RFC 4568 §5.1.3)."""
    own = {each.tag: each for each in security_descriptions(offered)}
    for theirs in security_descriptions(line):
        ours = own.get(theirs.tag)
        if ours is not None and ours.suite is theirs.suite:
            return SrtpKeys(
                theirs.suite, ours.key, theirs.key, ours.mki, theirs.mki, theirs.lifetime
            )
    return None


def _acceptable_terms(
    theirs: SessionDescription, line: MediaDescription, capabilities: Capabilities
) -> DtlsTerms | None:
    if capabilities.identity is None:
        return None
    said = setup_said(_attribute(theirs, line, "setup"), IN_OFFER)
    return _terms(theirs, line, said, capabilities.association)


def _terms(
    theirs: SessionDescription,
    line: MediaDescription,
    said: Setup | None,
    current: DtlsTerms | None,
) -> DtlsTerms | None:
    """What a description leads to by its role and its fingerprints; None: to nothing."""
    own = list(line.values("fingerprint"))
    peer = fingerprints(
        own or [each.value or "" for each in theirs.attributes if each.name == "fingerprint"]
    )
    if not peer or said is None or said is Setup.HOLDCONN:
        return None
    kept = current.setup if current is not None and current.peer == peer else None
    return DtlsTerms(answering_setup(said, kept), peer)


def _attribute(session: SessionDescription, line: MediaDescription, name: str) -> str | None:
    """The line's own attribute, else the session's (RFC 8122 §5)."""
    for attribute in (*line.attributes, *session.attributes):
        if attribute.name == name:
            return attribute.value
    return None


def _common_crypto(
    line: MediaDescription, capabilities: Capabilities
) -> SecurityDescription | None:
    """The key of the offer whose suite comes first with us."""
    order = list(capabilities.keys)
    known = [each for each in security_descriptions(line) if each.suite in order]
    return min(known, key=lambda each: order.index(each.suite), default=None)


def _why_unusable(line: MediaDescription) -> str:
    """What is wrong with the keys of a line, to be put behind what follows from it."""
    reasons: list[str] = []
    for value in itertools.islice(line.values("crypto"), MOST_REASONS):
        try:
            SecurityDescription.parse(value)
        except NotAcceptable as reason:
            reasons.append(str(reason))
    return "".join(f"; {reason}" for reason in dict.fromkeys(reasons))


def _by_dtls(fingerprint: Fingerprint, setup: Setup) -> tuple[Attribute, Attribute]:
    return Attribute("fingerprint", str(fingerprint)), Attribute("setup", setup.value)


def _with(
    line: MediaDescription, protocol: str, attributes: Iterable[Attribute]
) -> MediaDescription:
    return replace(line, protocol=protocol, attributes=(*line.attributes, *attributes))
