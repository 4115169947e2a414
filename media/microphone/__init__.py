"""What the microphone's sound passes before anybody hears it."""
