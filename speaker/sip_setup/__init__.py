"""The set-up assistant: from the few facts that an installer has to an account that works."""
