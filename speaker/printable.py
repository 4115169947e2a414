"""Text of strangers on a terminal."""

from media.sdp.masking import escaped


def printable(text: str) -> str:
    """Fit for one line of a terminal: whatever would move or colour something is escaped."""
    return text if text.isprintable() else escaped(text)
