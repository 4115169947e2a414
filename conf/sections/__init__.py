"""The sections of the settings, one file each, and what they share."""
