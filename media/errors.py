"""What can go wrong in media, as one tree.

MediaError
├── PeerError                 the other end's fault
│   ├── MalformedDescription  its SDP cannot be read (the SIP answer is 400)
│   ├── NotAcceptable         its SDP can be read but not agreed to (488)
│   └── MalformedPacket       its RTP or RTCP packet cannot be read; dropped and counted
└── MisuseError               our own fault
"""


class MediaError(Exception):
    """Anything that media raises on purpose."""


class PeerError(MediaError):
    """The other end sent something wrong or unacceptable."""


class MalformedDescription(PeerError):
    """A session description that breaks the grammar of RFC 8866 beyond what is tolerated."""


class NotAcceptable(PeerError):
    """A readable session description that has no stream we can agree to (RFC 3264)."""


class MalformedPacket(PeerError):
    """An RTP or RTCP packet whose fields contradict its length or its version (RFC 3550)."""


class MisuseError(MediaError):
    """An argument that this program should never have given."""
