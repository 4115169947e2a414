"""Sound files and generated tones."""
