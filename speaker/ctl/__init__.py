"""`speaker ctl`: a client of the device's own HTTP API, for people and for scripts.

`command` is the parser and the exit codes; `api` asks, by way of `access` (which device, and who
asks), `trust` (whose certificate) and `login` (Digest). Beside them stands a file for each group of
commands. Nothing here knows the device but by `/api/v1`.
"""
