"""Test calls: every step from the settings to the last word, told as it happens."""
