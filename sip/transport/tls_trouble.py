"""Why TLS did not come about, in words for the person who set it up."""

import ssl
from typing import Final

from sip.transport.tls_identity import CertificateNames


class TlsFailure(Exception):
    """There is no TLS with this peer. The text is the end of a sentence about it."""


class WrongCertificate(TlsFailure):
    """It speaks TLS, but does not prove who it should be."""


_VERIFICATION: Final = {
    9: "shows a certificate that is not valid yet: is the clock of this machine right?",
    10: "shows a certificate that has expired",
    18: "shows a self-signed certificate that is not among the trusted ones",
    19: "shows a certificate from a private CA that is not among the trusted ones",
    20: "shows a certificate from an unknown CA, or leaves out the ones in between",
    21: "shows a certificate from an unknown CA, or leaves out the ones in between",
    23: "shows a certificate that has been revoked",
    24: "shows a certificate whose issuer is no CA",
    26: "shows a certificate that is not meant for this use (its extended key usage)",
    66: "shows a certificate whose key is too short",
    67: "shows a certificate from a CA whose key is too short",
    68: "shows a certificate that is signed with a broken digest such as SHA-1",
}
"""By OpenSSL's X509_V_ERR_ numbers (x509_vfy.h), which do not change."""

_REASONS: Final = {
    "CERTIFICATE_REQUIRED": "asks for a certificate of ours",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "shows no certificate",
    "UNSUPPORTED_PROTOCOL": "speaks only a version of TLS that is not allowed here",
    "TLSV1_ALERT_PROTOCOL_VERSION": "does not speak the versions of TLS that are allowed here",
    "UNSUPPORTED_VERSION": "does not speak the versions of TLS that are allowed here",
    "NO_PROTOCOLS_AVAILABLE": "does not speak the versions of TLS that are allowed here",
    "NO_SHARED_CIPHER": "speaks only weak ciphers",
    "HANDSHAKE_FAILURE": "refuses our ciphers, or lacks a certificate of ours",
    "WRONG_VERSION_NUMBER": "does not speak TLS there",
    "RECORD_LAYER_FAILURE": "does not speak TLS there",
    "HTTP_REQUEST": "does not speak TLS there",
    "UNKNOWN_CA": "does not know the CA of the certificate that we show",
    "BAD_CERTIFICATE": "does not accept the certificate that we show",
    "CERTIFICATE_EXPIRED": "says that the certificate that we show has expired",
    "CERTIFICATE_UNKNOWN": "does not accept the certificate that we show",
    "UNSUPPORTED_CERTIFICATE": "does not accept the certificate that we show",
    "ACCESS_DENIED": "does not let the certificate that we show in",
    "UNRECOGNIZED_NAME": "does not know the domain that we ask for",
}
"""By the names of OpenSSL's reasons, or by what they end in: alerts have prefixes such as
`SSLV3_ALERT_` and `TLSV13_ALERT_`."""


def in_words(error: ssl.SSLError) -> str:
    """What an error of the ssl module means, to follow the name of the peer."""
    if isinstance(error, ssl.SSLCertVerificationError):
        known = _VERIFICATION.get(error.verify_code)
        return known or f"shows a certificate that is no good: {error.verify_message}"
    reason = error.reason or ""
    for ending, words in _REASONS.items():
        if reason.endswith(ending):
            return words
    return f"breaks TLS off: {reason.replace('_', ' ').lower() or error}"


def wrong_name(names: CertificateNames, *wanted: str) -> str:
    """What to say of a certificate that is good, but somebody else's."""
    wildcard = "; wildcards do not count in SIP" if "*" in str(names) else ""
    domains = " or ".join(each for each in wanted if each)
    return f"shows a certificate for {names}, and not for {domains}{wildcard}"
