"""Speech from text, by the program espeak-ng."""
