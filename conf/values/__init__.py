"""The kinds of values that settings have, each with its rule."""
