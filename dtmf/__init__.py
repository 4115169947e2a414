"""DTMF: telephone-events (RFC 4733), SIP INFO digits and digit sequences."""
