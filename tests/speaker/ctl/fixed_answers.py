"""Something that answers what it was told to, whatever it is asked."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
"""Of a stream of events."""


@contextmanager
def answering(*replies: bytes, heard: list[bytes] | None = None) -> Iterator[str]:
    """The URL of something that gives these replies, one a connection, whatever it is asked.

    What it is asked is put into `heard`.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for reply in replies:
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(5)
                    asked = connection.recv(65536)
                    if heard is not None:
                        heard.append(asked)
                    connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)


def reply(body: bytes, status: str = "200 OK", *fields: str) -> bytes:
    """A whole answer of HTTP."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *fields]
    return "\r\n".join([*head, "", ""]).encode() + body


def event(serial: int, **told: object) -> bytes:
    """An event of the stream."""
    text = json.dumps({"serial": serial, "name": "call.state", "value": "idle", **told})
    return f"id: {serial}\ndata: {text}\n\n".encode()
