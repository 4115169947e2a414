"""Requests of ours, from the intention to the final outcome (RFC 3261 §8.1, RFC 3263 §4.3).

A client transaction knows one server and one copy of the request. Here is what stands above it:
where the request goes, whom it goes to next when that fails, and what it is answered with when it
is challenged or redirected.
"""
