"""Why was there no sound? What is kept of each call, and the verdict on it."""
