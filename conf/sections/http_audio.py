"""Sound by HTTP, to the loudspeaker and from the microphone: the section `[http_audio]`."""

from typing import Annotated, Literal

from conf.sections.table import Table
from conf.values.constraints import Range


class HttpAudioSettings(Table):
    """Sound that programs send and hear by HTTP: VAPIX `audio/transmit.cgi` and `receive.cgi`."""

    duplex_mode: Literal["full", "get", "post"] = "full"
    """`get`: programs may listen only; `post`: they may send only; `full`: both."""
    receiver_buffer_s: Annotated[float, Range(0.02, 0.5)] = 0.12
    """How much of what a program sends must be there before it is played. More where it comes
    unevenly; it grows by itself after each time that the sound broke off."""
    receiver_timeout_s: Annotated[float, Range(0.2, 60)] = 1.0
    """A program that has sent nothing for so long is done."""
    max_listeners: Annotated[int, Range(0, 20)] = 10
    """How many programs may listen at the same time."""
    codec: Literal["g711", "g726", "opus", "lpcm"] = "g711"
    """What a program hears that asks for no codec."""
