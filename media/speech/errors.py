"""Why something cannot be spoken; each message is a sentence for the person who asked.

SpeechError
├── SpeechMissing    the program that speaks is not installed
├── UnknownVoice     it has no such voice
├── NothingToSpeak   the text has no sound
├── SpeechTooLong    the text takes too long to say
└── SpeechFailed     the program crashed, or took too long
"""

from media.errors import MediaError


class SpeechError(MediaError):
    """Any of them."""


class SpeechMissing(SpeechError):
    """The message says what to install."""


class UnknownVoice(SpeechError):
    """The message names the voice."""


class NothingToSpeak(SpeechError):
    """Punctuation, or signs that this voice does not know."""


class SpeechTooLong(SpeechError):
    """The message says how long it may be."""


class SpeechFailed(SpeechError):
    """The same text may do another time."""
