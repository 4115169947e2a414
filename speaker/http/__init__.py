"""The device's HTTP side: health, state and calls, for people and programs on this machine."""
