"""The asyncio shell of the folder: sockets, names of hosts, connections (RFC 3261 §18).

`sip_transport` carries bytes to a core such as the user agent, and out what it wants sent.
"""
