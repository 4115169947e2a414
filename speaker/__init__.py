"""The device: wires signalling, sound, settings, rules and the HTTP API together."""
