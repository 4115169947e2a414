"""SIP by RFC 3261: the user agent and all that it stands on. Knows no audio.

Four layers, as in RFC 3261 §5; each knows only those below it, and `lint-imports` holds them to it:

    user_agent     takes and makes calls: commands and bytes in, events and messages out; begin here
    session/       a call: dialog, offers and answers, what may happen when
    transaction/   requests and their responses over one hop: retransmissions and time-outs
    syntax/        messages, URIs and header fields as immutable values

Beside the user agent stand `screening` and `merged_requests`, by which it refuses what it need not
look into. `transport/` is the asyncio shell: it feeds the user agent and sends what it wants sent.
Nothing else does input or output or reads a clock, so every test is a list of values. `flow` (where
messages come from and go to) and `errors` belong to all layers.
"""
