"""Requests and their responses, one hop at a time (RFC 3261 §17, RFC 6026).

`layer` matches what arrives with the four machines: INVITE or another method, client or server.
`effects` holds what they want done and have to tell.
"""
