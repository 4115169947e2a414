"""The SIP side of the device: accounts, registrations, TLS, and trouble told in plain words."""
