"""Why a command does not do what it was told.

Trouble
├── WrongUsage     what was asked for makes no sense; nothing was sent
├── NoAnswer       no speaker answers, or not one that is trusted
└── Refused        it answers, and says no
"""


class Trouble(Exception):
    """Told in sentences on standard error; `code` is how the program ends."""

    code = 1

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class WrongUsage(Trouble):
    """Arguments do not go together, or a password is not to be had."""

    code = 2


class NoAnswer(Trouble):
    """There is no connection, or what answers is no speaker."""


class Refused(Trouble):
    """The device says why."""

    def __init__(self, status: int, *sentences: str) -> None:
        super().__init__(*sentences)
        self.status = status
