"""Sound devices: one driver to a file, one registry."""
