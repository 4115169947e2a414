"""Fuzzes everything that touches bytes from the network before the user agent does.

    python -m tests.fuzz.sip_messages -max_total_time=60 [CORPUS_FOLDER]

Any exception but the documented ones is a finding, and so is a slow input (`-timeout=1`). Inputs
that lead somewhere new are kept in CORPUS_FOLDER; without one, a few sound messages are the start.
"""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["sip"]):
    from tests.fuzz.survival import survive

from tests.fuzz.fuzzing import fuzz
from tests.sip.wire import SDP, invite, request, response

SEEDS = (
    invite("Route: <sip:a;lr>, <sip:b;lr>", "Require: x", "Accept: application/sdp;q=0.5, */*"),
    request("REGISTER", "sip:[::1]", 'm: "a, \\" b" <sip:a:b@b?c=%41>;q=1', "Expires:\r\n 60"),
    response("200 OK", "Record-Route: <sip:a;lr>", body=SDP, Content_Type="application/sdp"),
    invite("Content-Disposition: session;handling=optional", "e: gzip") + b"\r\n\r\n" + invite(),
)


if __name__ == "__main__":
    fuzz(survive, SEEDS)
