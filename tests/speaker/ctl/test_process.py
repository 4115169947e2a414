"""`speaker ctl` as a process: how soon it starts, and how quietly it ends."""

import signal
import socket
import subprocess
import sys

from tests.speaker.ctl.fixed_answers import HEAD, event

HEAVY = ("pydantic", "numpy", "fastapi", "structlog", "asyncio", "speaker.device", "media.engine")


def test_commands_start_without_the_device() -> None:
    """Else each of them took a second or more."""
    code = f"""
import sys
import speaker.main, speaker.ctl.command
speaker.ctl.command.make_parser()
print([name for name in {HEAVY} if name in sys.modules])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (told.stdout, told.stderr) == ("[]\n", "")


def test_ctrl_c_ends_the_stream_of_events_without_a_word() -> None:
    # What a script starts in the background has SIGINT ignored, and hands that on.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "speaker.main"]
    command += ["ctl", "events", "--follow", "--url"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        process = subprocess.Popen([*command, url], stdout=-1, stderr=-1, text=True)
        with process:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(HEAD + event(1))
                assert process.stdout is not None
                assert "call.state = idle" in process.stdout.readline()
                process.send_signal(signal.SIGINT)
                out, told = process.communicate(timeout=20)
    assert (process.returncode, out, told) == (0, "", "")


def test_a_reader_who_has_seen_enough_is_no_fault() -> None:
    command = f"{sys.executable} -m speaker.main ctl --help | true"
    told = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert told.stderr == ""
