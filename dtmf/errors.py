"""What can be wrong with a digit.

DtmfError
├── MalformedPayload     the peer sent a telephone-event that is none
├── MalformedInfo        the peer sent a SIP INFO body that names no key
└── BadDigit             we asked for what cannot be sent
"""


class DtmfError(ValueError):
    """Something is wrong with a digit."""


class MalformedPayload(DtmfError):
    """A payload of RTP is not a telephone-event."""


class MalformedInfo(DtmfError):
    """The body of a SIP INFO request names no key."""


class BadDigit(DtmfError):
    """The program asked for a key press that cannot be sent."""
