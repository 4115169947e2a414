"""Where a URI leads: which server, by which transport, at which address (RFC 3263).

Values in memory: what to ask the DNS, and what follows from its answers.
"""
