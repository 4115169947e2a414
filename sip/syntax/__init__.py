"""The lowest layer: what messages and the values in them look like (RFC 3261 §7, §19, §20, §25).

Begin with `message`; a file for each kind of value stands beside it.
"""
