"""`speaker test-call`: what is printed of a call that the running device makes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import structlog

from conf.files.data_folder import DataFolder
from speaker.main import main


class _Device(BaseHTTPRequestHandler):
    """Tells of one step, whose words are the phone's."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        step = {"step": "call", "result": "failed", "words": "486 \x1b[2J\x9b2J Busy"}
        self.wfile.write(json.dumps(step).encode() + b"\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nowhere."""


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Path]:
    """The data folder of a device that runs."""
    with HTTPServer(("127.0.0.1", 0), _Device) as server, DataFolder.open(tmp_path) as data:
        data.make_local_token()
        data.note_http(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield tmp_path
        server.shutdown()
        thread.join()
        structlog.reset_defaults()


def test_the_words_of_a_phone_do_not_move_a_terminal(
    device: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test-call", "--data", str(device), "a", "sip:b@127.0.0.1"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert "Busy" in told[-1]
    assert all(line.isprintable() for line in told)
