"""Digest: proving to know a password without saying it (RFC 3261 §22, RFC 7616, RFC 8760).

Begin with `client`, which answers challenges, and `server`, which makes them. `digest` is the
arithmetic; the other files are the values in the header fields.
"""
