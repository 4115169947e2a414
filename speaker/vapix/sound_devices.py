"""Which loudspeaker or microphone a CGI means: there is one of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speaker.vapix.arguments import BadArguments

if TYPE_CHECKING:
    from speaker.vapix.arguments import Arguments


def check_output(asked: Arguments) -> None:
    """Look whether the loudspeaker is meant.

    Raises:
        BadArguments: another one is.
    """
    if asked.get("audiooutput") is not None and asked.names & {"audiodeviceid", "audiooutputid"}:
        raise BadArguments("audiooutput is not given together with audiodeviceid, audiooutputid")
    asked.number("audiooutput", low=1, high=1, default=1)
    asked.number("audiodeviceid", low=0, high=0, default=0)
    asked.number("audiooutputid", low=0, high=0, default=0)


def check_input(asked: Arguments) -> None:
    """Look whether the microphone is meant.

    Raises:
        BadArguments: another one is, or more channels than it has.
    """
    asked.number("camera", low=1, high=1, default=1)
    asked.number("audiochannel", low=0, high=1, default=1)
    asked.number("audiodeviceid", low=0, high=0, default=0)
    asked.number("audioinputid", low=0, high=0, default=0)
    asked.number("audionbrofchannels", low=1, high=1, default=1)
