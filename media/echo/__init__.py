"""Taking the loudspeaker's echo out of what the microphone hears."""
