"""Being found: registrations with a registrar, and with another in its stead (RFC 3261 §10).

With the extensions of RFC 3327 (Path), RFC 3608 (Service-Route) and RFC 5626 (outbound: one flow to
each server, kept alive).
"""
