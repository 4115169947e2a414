"""A PipeWire of our own: its session manager and its PulseAudio protocol, on a bus of their own."""

from typing import ClassVar

from tests.interop.peers.program import Program
from tests.interop.pulse_server import PulseServer

_ALL = "pipewire & wireplumber & exec pipewire-pulse"


class PipeWireServer(PulseServer):
    """The rooms of `PulseServer`, served by PipeWire."""

    needed: ClassVar[tuple[str, ...]] = (
        "pipewire", "wireplumber", "pipewire-pulse", "dbus-run-session", "pactl", "parec", "paplay",
    )  # fmt: skip

    def _start_daemon(self) -> Program:
        return Program(["dbus-run-session", "--", "sh", "-c", _ALL], folder=self.folder, leads=True)
