"""What the device does by itself when something occurs."""
