"""The speaker under test, started as a user starts it and met only through its contracts."""

import json
import shutil
import time
import urllib.request
from collections.abc import Mapping
from http.client import HTTPResponse
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from conf.files.data_folder import local_token_of_running_device
from tests.interop.namespace import with_name_server
from tests.interop.peers.loopback import LOOPBACK, in_uri
from tests.interop.peers.phone import ROOT
from tests.interop.peers.program import PeerFailure, Program
from tests.interop.sound_file import Sound, read_sound
from tests.speaker.running import ANY_PORTS, LONGEST_STOP_S, READY, run_command

START_LIMIT_S = 60.0
HTTP_LIMIT_S = 30.0
SETUP_LIMIT_S = 60.0
STATE_POLL_S = 0.02


class Speaker:
    """A running speaker: free ports, its loudspeaker and microphone WAV files."""

    def __init__(
        self,
        folder: Path,
        *settings: str,
        microphone: Path | None = None,
        clips: Mapping[str, Path] = MappingProxyType({}),
        certificates: Mapping[str, Path] = MappingProxyType({}),
        config: str = "",
        bind: str | None = LOOPBACK,
        resolver: Path | None = None,
    ) -> None:
        """`settings` are `KEY=VALUE`, `config` a settings file.

        `clips` (sound) and `certificates` (PEM) are files by the name that settings call them by.
        It listens on `bind`; None: on every address of the machine. `resolver` stands in the place
        of /etc/resolv.conf.
        """
        folder.mkdir()
        (folder / "data").mkdir(mode=0o700)
        for place, files in (("clips", clips), ("certificates", certificates)):
            (folder / "data" / place).mkdir(mode=0o700)
            for name, file in files.items():
                shutil.copy(file, folder / "data" / place / f"{name}{file.suffix}")
                key = file.with_suffix(".key")
                if key.exists():
                    shutil.copy(key, folder / "data" / place / f"{name}.key")
        self._loudspeaker = folder / "loudspeaker.wav"
        self._data = folder / "data"
        command = run_command(self._data, *ANY_PORTS)
        if bind is not None:
            command += ["--bind", bind]
        command += ["--output", f"wav:{self._loudspeaker}"]
        command += ["--input", f"wav:{microphone}" if microphone else "null"]
        if config:
            (folder / "settings.toml").write_text(config)
            command += ["--config", str(folder / "settings.toml")]
        for setting in settings:
            command += ["--set", setting]
        if resolver is not None:
            command = with_name_server(command, resolver)
        self.program = Program(command, folder=ROOT, hurries=False)
        self._stopped = False
        self._listening_from_s = 0.0
        try:
            ready = self.program.out.wait_for(READY, START_LIMIT_S)
        except PeerFailure as failure:
            self.program.end()
            raise PeerFailure(f"{failure}\n{self.program.err.text}") from failure
        self._sip_port = int(ready["sip"])
        self.tls_port = int(ready["tls"])
        self.uri = self.uri_at(bind or LOOPBACK)
        self._token = local_token_of_running_device(self._data)
        self._door = f"http://{in_uri(bind or LOOPBACK)}:{ready['http']}"
        self._http = f"{self._door}/api/v1"

    def __enter__(self) -> "Speaker":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self.program.end()
            error.add_note(f"the speaker's log:\n{self.program.err.text}")
        elif not self._stopped:
            self.stop()

    def listen_anew(self) -> None:
        """Let `played` begin with what the loudspeaker plays from now on."""
        self._listening_from_s = read_sound(self._loudspeaker).duration_s

    def played(self) -> Sound:
        """What the loudspeaker has played, but for the last 50 ms while the speaker runs."""
        everything = read_sound(self._loudspeaker)
        return everything.between(self._listening_from_s, everything.duration_s)

    def uri_at(self, address: str) -> str:
        """What to call it by at one of its addresses."""
        return f"sip:speaker@{in_uri(address)}:{self._sip_port}"

    def uri_by(self, transport: str) -> str:
        """What to call it by over `udp`, `tcp` or `tls`."""
        if transport == "tls":
            return f"sip:speaker@{LOOPBACK}:{self.tls_port};transport=tls"
        return f"{self.uri};transport={transport}"

    def call(self, uri: str, account: str | None = None) -> str:
        """Tell it to call `uri`, by its default account or another one; the id of the call."""
        which = {} if account is None else {"account": account}
        return str(self._post("call", {"uri": uri, **which})["call"])

    def hang_up(self, call: str) -> None:
        """Tell it to end a call."""
        self._post("hang-up", {"call": call})

    def state(self) -> dict[str, Any]:
        """Its conditions, as the HTTP API gives them."""
        return self._ask(urllib.request.Request(f"{self._http}/state"))

    def reports(self) -> list[dict[str, Any]]:
        """What it has kept of the calls that are over, as the HTTP API gives it."""
        told = self._ask(urllib.request.Request(f"{self._http}/calls/reports"))
        return list(told["reports"])

    def only_report(self, timeout_s: float = 5.0) -> dict[str, Any]:
        """The report of its one call, which is kept a moment after the call is over."""
        deadline = time.monotonic() + timeout_s
        while not (reports := self.reports()):
            if time.monotonic() > deadline:
                raise PeerFailure(f"no report of the call after {timeout_s} s")
            time.sleep(STATE_POLL_S)
        (report,) = reports
        return report

    def call_states(self) -> list[str]:
        """The state of each call there is."""
        return [call["state"] for call in self.state()["calls"]]

    @property
    def only_call(self) -> str:
        """The id of the one call that there is."""
        (call,) = self.state()["calls"]
        return str(call["call"])

    def wait_for_codec(self, name: str, timeout_s: float = 5.0) -> None:
        """Return when the one call there is uses this codec."""
        deadline = time.monotonic() + timeout_s
        while [call["codec"] for call in self.state()["calls"]] != [name]:
            if time.monotonic() > deadline:
                raise PeerFailure(f"no call with {name} after {timeout_s} s")
            time.sleep(STATE_POLL_S)

    def wait_for_calls(self, *states: str, timeout_s: float = 5.0) -> None:
        """Return when the calls are in these states; with none named, when there is no call."""
        deadline = time.monotonic() + timeout_s
        while (found := self.call_states()) != list(states):
            if time.monotonic() > deadline:
                raise PeerFailure(f"calls {found}, not {list(states)}, after {timeout_s} s")
            time.sleep(STATE_POLL_S)

    def registration(self, account: str = "pbx") -> dict[str, Any]:
        """How an account stands with its servers: `value` and what belongs to it."""
        (found,) = (
            condition
            for condition in self.state()["conditions"]
            if (condition["name"], condition["of"]) == ("sip.registration", account)
        )
        return dict(found)

    def wait_for_registration(
        self, *states: str, account: str = "pbx", timeout_s: float = 10.0
    ) -> dict[str, Any]:
        """Return when an account is in one of these states."""
        deadline = time.monotonic() + timeout_s
        while (found := self.registration(account))["value"] not in states:
            if time.monotonic() > deadline:
                raise PeerFailure(f"{found}, not {states}, after {timeout_s} s")
            time.sleep(STATE_POLL_S)
        return found

    def set_up_sip(self, **facts: object) -> list[dict[str, Any]]:
        """Let it find out how a PBX is reached; everything that it tells, in order."""
        request = urllib.request.Request(
            f"{self._http}/sip/setup",
            data=json.dumps(facts).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"},
        )
        with urllib.request.urlopen(request, timeout=SETUP_LIMIT_S) as answer:
            return [json.loads(line) for line in answer]

    def press(self, call: str, digits: str) -> None:
        """Tell it to send digits in a call."""
        self._post("digits", {"call": call, "digits": digits})

    def hold(self, call: str) -> None:
        """Tell it to hold a call."""
        self._post("hold", {"call": call})

    def resume(self, call: str) -> None:
        """Tell it to take a call off hold."""
        self._post("resume", {"call": call})

    def transfer(self, call: str, uri: str) -> None:
        """Tell it to let the peer of a call talk to somebody else."""
        self._post("transfer", {"call": call, "uri": uri})

    def stop(self) -> None:
        """SIGTERM; it must end with 0 within three seconds and say nothing unhandled."""
        self._stopped = True
        started = time.monotonic()
        code = self.program.end()
        took_s = time.monotonic() - started
        assert code == 0, f"exit code {code}:\n{self.program.err.text}"
        assert took_s < LONGEST_STOP_S, f"took {took_s:.1f} s to stop"
        assert "Traceback" not in self.program.err.text, self.program.err.text

    def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        return self._ask(
            urllib.request.Request(
                f"{self._http}/{path}",
                data=json.dumps(body).encode(),
                headers={"Content-Type": "application/json"},
            )
        )

    def open(self, address: str, timeout_s: float = 30.0) -> HTTPResponse:
        """What it answers a GET of an address with, to be read."""
        request = urllib.request.Request(f"{self._door}{address}")
        request.add_header("Authorization", f"Bearer {self._token}")
        answer: HTTPResponse = urllib.request.urlopen(request, timeout=timeout_s)
        return answer

    def _ask(self, request: urllib.request.Request) -> dict[str, Any]:
        request.add_header("Authorization", f"Bearer {self._token}")
        with urllib.request.urlopen(request, timeout=HTTP_LIMIT_S) as answer:
            read: dict[str, Any] = json.load(answer)
            return read
