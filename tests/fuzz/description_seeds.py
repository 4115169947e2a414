"""Descriptions as telephones write them, as inputs of `firmness`, and inputs that did harm."""

from __future__ import annotations

import base64
from typing import Final

from tests.fuzz.firmness import KINDS
from tests.media.security.dtls_peers import SERVER_IDENTITY

_HEAD: Final = "v=0\no=- 1 1 IN IP4 192.0.2.7\ns=-\nc=IN IP4 192.0.2.7\nt=0 0\n"
_KEY: Final = base64.b64encode(bytes(range(30))).decode()

_BODIES: Final = (
    "m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\na=ptime:20\na=rtcp-mux\n",
    "m=audio 4000 RTP/AVP 96 97 13 98\na=rtpmap:96 opus/48000/2\na=fmtp:96 useinbandfec=1\n"
    "a=rtpmap:97 speex/16000\na=rtpmap:98 telephone-event/48000\na=sendonly\n"
    "a=rtcp:4009 IN IP4 192.0.2.8\na=rtcp-xr:rcvr-rtt=all voip-metrics\n",
    "m=audio 4000 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"
    f"{_KEY}|2^31\nm=audio 4002 RTP/AVP 0\n",
    f"a=fingerprint:{SERVER_IDENTITY.fingerprint}\na=setup:actpass\n"
    "m=audio 4000 UDP/TLS/RTP/SAVPF 0 9\na=mid:0\nm=video 0 RTP/AVP 31\n",
    "m=audio 4000 RTP/AVP 127 126 13\na=rtpmap:127 L16/44100\na=rtpmap:126 CN/16000\n"
    "a=rtpmap:126 G726-32/8000\na=maxptime:30\na=inactive\n",
)

SEEDS: Final = tuple(
    bytes((kind,)) + (_HEAD + body).encode() for kind in range(len(KINDS)) for body in _BODIES
)

FOUND: Final = (b"\4" + (_HEAD + "m=audio 4000 RTP/AVP \0\3\n").encode(),)
"""Inputs that once broke what must hold: names of codecs were told as they came."""
