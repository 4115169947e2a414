"""Sound as an endless stream of bytes, as HTTP carries it: formats by their media types."""
