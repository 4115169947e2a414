"""The bench: figures of a running speaker, measured from outside, beside those of baresip."""
