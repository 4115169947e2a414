"""Encrypted sound: SRTP (RFC 3711), and its keys by DTLS (RFC 5764)."""
