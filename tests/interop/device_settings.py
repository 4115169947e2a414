"""Settings files that several interop tests start the speaker with."""

WHEN_ASKED = """
[[sip.accounts]]
id = "when_asked"
default = true
answer_automatically = false
answer_when_asked = true
"""
"""Calls ring until the caller gives up, but for those that ask to be answered."""

KEYS_PLAY_AND_STOP = """
[[sip.dtmf_sequences]]
id = "play"
sequence = "1"

[[sip.dtmf_sequences]]
id = "stop"
sequence = "0"

[[rules]]
name = "play"
conditions = [{ event = "dtmf.sequence", id = "play" }]
action = [{ type = "play_clip", clip = "closing", repeat = 9 }]

[[rules]]
name = "stop"
conditions = [{ event = "dtmf.sequence", id = "stop" }]
action = [{ type = "stop_clip" }]
"""
"""Key 1 plays the clip `closing`, key 0 stops it."""

KEY_ACTS_S = 1.0
"""What a key may take until the clip starts, or is no longer heard."""
