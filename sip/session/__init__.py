"""Calls: the dialog between two user agents, and what they agree on in it (RFC 3261 §12 to §15).

Begin with `state`, the table of what may happen when, and `events`, what the application is told.
`session` is what calls in both directions share; `incoming_…` and `outgoing_…` bring them about.
"""
