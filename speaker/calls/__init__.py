"""Calls, from who may ring to the last word: admission, announcement, talk, transfer."""
