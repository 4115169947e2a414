"""What two ends say of a call's sound, and what they agree on (RFC 8866, RFC 3264)."""
