"""Whether settings are right, and what is wrong with them in words."""
