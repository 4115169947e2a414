"""Patterns with wildcards, as strangers send them: matched without being compiled and kept."""

from __future__ import annotations


def fits(text: str, pattern: str, *, any_one: str = "?") -> bool:
    """Whether `text` fits a pattern in which `*` stands for anything, `any_one` for one character.

    Case counts; with an empty `any_one` nothing stands for one. Takes no longer than the two are
    long, multiplied, and remembers nothing: `fnmatch` keeps 32,768 compiled patterns.
    """
    at = place = 0
    star, resumed = -1, 0
    while at < len(text):
        wanted = pattern[place] if place < len(pattern) else ""
        if wanted == "*":
            star, resumed = place, at
            place += 1
        elif wanted and wanted in (text[at], any_one):
            place += 1
            at += 1
        elif star >= 0:  # the last star takes one character more
            resumed += 1
            place, at = star + 1, resumed
        else:
            return False
    return set(pattern[place:]) <= {"*"}
