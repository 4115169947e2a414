"""Header fields of the form `word;name=value;flag`, cut into their two halves."""

from __future__ import annotations

from sip.errors import MalformedHeader
from sip.syntax.grammar import is_token, shown
from sip.syntax.parameters import Parameters


def word_and_parameters(text: str) -> tuple[str, Parameters]:
    """What stands before the first semicolon, trimmed, and the parameters after it.

    Raises:
        MalformedHeader: the parameters are broken.
    """
    word, semicolon, rest = text.partition(";")
    return word.strip(" \t"), Parameters.parse(semicolon + rest)


def token_and_parameters(text: str) -> tuple[str, Parameters]:
    """The same where the word has to be a token.

    Raises:
        MalformedHeader: it is none, or the parameters are broken.
    """
    word, parameters = word_and_parameters(text)
    if not is_token(word):
        raise MalformedHeader(f"{shown(text)} does not begin with a token")
    return word, parameters
