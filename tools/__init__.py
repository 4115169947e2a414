"""Programs that meet a running speaker from outside."""
