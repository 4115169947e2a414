"""Whatever changes the device leaves an entry in the audit log: who, from where, and what."""

import re
from pathlib import Path
from typing import Any, Final

from tests.certificates import AuthorityFolder
from tests.media.clips.sound_files import write_wave
from tests.speaker.http.route_roles import expected
from tests.speaker.http.serving import CLIENT, serving
from tests.speaker.http.visitors import visitor
from tests.speaker.vapix.device_tree import tree

API: Final = "/api/v1"
FORM: Final = {"action": "upload", "media": "audio", "name": "form"}
RULE: Final = {
    "name": "r",
    "conditions": [{"event": "dtmf.digit", "digit": "1"}],
    "action": [{"type": "play_clip", "clip": "gong"}],
}

PLAIN: Final = """\
[sip]
port = 0
tls_port = 0
rtp_start_port = 0
[http]
port = 0
https_port = 0
"""
MUTE: Final = tree("outputs", {"id": 0, "mute": True})
PARIS: Final = {"timeZone": "Europe/Paris"}
EVE: Final = {"action": "add", "user": "eve", "pwd": "x", "grp": "users", "sgrp": "viewer"}
SET_SIP: Final = "SetSIPConfiguration"


def vapix(method: str, params: object) -> dict[str, Any]:
    """A request of a JSON API."""
    return {"json": {"apiVersion": "1.0", "method": method, "params": params}}


def timeout(seconds: int) -> dict[str, Any]:
    """A change of the Call service."""
    return {"SIPConfiguration": {"CallingTimeout": seconds}}


CHANGE_NOTHING: Final = frozenset(
    {
        *(f"POST {API}/{act}" for act in ("answer", "call", "digits", "hang-up", "hold", "resume")),
        *(
            f"POST {API}/{act}"
            for act in ("page", "play", "speak", "stop", "test-call", "transfer")
        ),
        *(f"POST {API}/clips/{{name}}/{act}" for act in ("play", "stop")),
        f"POST {API}/trigger",
        f"POST {API}/recipients/test",
        f"POST {API}/recipients/{{name:path}}/test",
        f"POST {API}/settings/check",
        f"DELETE {API}/session",
        "POST /axis-cgi/audio/transmit.cgi",
        "POST /axis-cgi/playclip.cgi",
        "POST /axis-cgi/stopclip.cgi",
        "POST /axis-cgi/serverreport.cgi",
        "POST /axis-cgi/apidiscovery.cgi",
        "POST /axis-cgi/basicdeviceinfo.cgi",
        "POST /axis-cgi/systemready.cgi",
    }
)
"""Routes by which people use the device."""

SHOWN_ELSEWHERE: Final = {
    f"POST {API}/account/password": "needs an account: tests/speaker/api/test_accounts.py",
    f"POST {API}/sip/setup": "needs a server: tests/interop/test_sip_setup.py",
    "POST /axis-cgi/ntp.cgi": "needs the machine's: tests/speaker/vapix/test_ntp.py",
}


def changes(folder: Path) -> list[tuple[str, dict[str, Any], str]]:
    """Requests that each change something, and what is written down of them."""
    bell = write_wave(folder / "bell.wav", 8000).read_bytes()
    issued = AuthorityFolder.found(folder / "authority").issue("door.example").read_text()
    return [
        (f"POST {API}/setup", {"json": {"name": "root", "password": "p"}}, "account root added"),
        (f"POST {API}/session", {"json": {"name": "root", "password": "p"}}, "logged in"),
        (
            f"POST {API}/accounts",
            {"json": {"name": "ann", "password": "p", "role": "viewer"}},
            "account ann added as viewer",
        ),
        (f"PATCH {API}/accounts/ann", {"json": {"role": "operator"}}, "account ann: now operator"),
        (f"DELETE {API}/accounts/ann", {}, "account ann deleted"),
        (f"POST {API}/tokens", {"json": {"name": "t", "role": "viewer"}}, "token t made"),
        (f"DELETE {API}/tokens/t", {}, "token t deleted"),
        (f"PATCH {API}/settings", {"json": {"sip": {"max_calls": 3}}}, "changed: sip.max_calls"),
        (f"PATCH {API}/settings/sip", {"json": {"max_calls": 4}}, "changed: sip.max_calls"),
        (f"PUT {API}/settings/audio", {"json": {"output_gain_db": -3}}, "replaced: audio."),
        (f"POST {API}/settings/rules", {"json": RULE}, "changed: rules"),
        (f"DELETE {API}/settings/rules/r", {}, "changed: rules"),
        (f"POST {API}/settings/export", {"json": {"password": "eight letters"}}, "exported the"),
        (f"POST {API}/settings/import", {"json": {"toml": PLAIN}}, "imported: audio."),
        (f"POST {API}/certificates/door", {"json": {"content": issued}}, "added the certificate"),
        (f"PUT {API}/certificates/door", {"json": {"content": issued}}, "renewed the certificate"),
        (
            f"POST {API}/certificates/own/self-signed",
            {"json": {"common_name": "x"}},
            "made the certificate own",
        ),
        (f"POST {API}/certificates/ca/request", {"json": {"common_name": "x"}}, "made a request"),
        (f"DELETE {API}/certificates/door", {}, "deleted the certificate door"),
        (f"POST {API}/clips", {"params": {"name": "bell"}, "content": bell}, "clip 'bell' added"),
        (f"PATCH {API}/clips/bell", {"json": {"name": "ding"}}, "clip 'bell' renamed to 'ding'"),
        (f"DELETE {API}/clips/ding", {}, "clip 'ding' deleted"),
        (
            "POST /axis-cgi/mediaclip.cgi",
            {"params": FORM, "files": {"file": ("x.wav", bell)}},
            "clip 'form' added",
        ),
        (
            "POST /axis-cgi/audiodevicecontrol.cgi",
            vapix("setDevicesSettings", MUTE),
            "changed: aud",
        ),
        ("POST /axis-cgi/time.cgi", vapix("setTimeZone", PARIS), "changed: time.time_zone"),
        (
            "POST /axis-cgi/param.cgi",
            {"data": {"action": "update", "root.Time.POSIXTimeZone": "UTC0"}},
            "changed: time.",
        ),
        ("POST /axis-cgi/pwdgrp.cgi", {"data": EVE}, "account eve added"),
        ("POST /vapix/call", {"json": {f"axcall:{SET_SIP}": timeout(50)}}, "changed: sip."),
        (f"POST /vapix/call/{SET_SIP}", {"json": timeout(40)}, "changed: sip."),
        (f"POST {API}/restart", {}, "asked for a restart"),
        (f"POST {API}/factory-default", {"json": {}}, "asked for a factory default"),
        ("POST /axis-cgi/firmwaremanagement.cgi", vapix("reboot", {}), "asked for a restart"),
    ]


async def test_every_change_is_written_down_with_who_and_from_where(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    async with serving(tmp_path / "data") as served, visitor(served) as http:
        http.headers["Authorization"] = f"Bearer {served.device.local_token}"
        audit = served.device.store.audit
        for route, request, told in changes(tmp_path / "files"):
            last = len(audit.entries())
            answer = await http.request(*route.split(), **request)
            assert answer.status_code < 300, (route, answer.text)
            entries = audit.entries()[last:]
            assert any(told in each.what for each in entries), (route, answer.text, entries)
            assert {each.address for each in entries} == {CLIENT}, (route, entries)
            assert {each.who for each in entries} <= {"local", "root"}, (route, entries)


async def test_no_route_is_forgotten(tmp_path: Path) -> None:
    """A new route needs a request above, or a line that says why it needs none."""
    tried = {route for route, _, _ in changes(tmp_path)} | CHANGE_NOTHING | SHOWN_ELSEWHERE.keys()
    for method, path in expected():
        if method in ("GET", "WS") or (method != "POST" and path.endswith(".cgi")):
            continue  # the JSON APIs answer all methods alike
        if path.startswith(f"{API}/settings/") and not path.endswith(("/import", "/export")):
            continue  # they have one way to the store, which writes it down
        route = f"{method} {path}"
        pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", route))
        is_tried = route in tried or any(map(pattern.fullmatch, tried))
        assert is_tried, f"{route}: add a request to `changes`, or it to CHANGE_NOTHING"
