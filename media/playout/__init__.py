"""From packets, as they come, to an even flow of sound: waiting and stretching."""
