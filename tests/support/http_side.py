"""A scripted HTTP server on loopback: the far side of a client under test."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes

    def json(self) -> dict[str, object]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value


@dataclass(frozen=True)
class Told:
    """One answer to give. With *cut* the connection ends in the middle."""

    body: bytes | dict[str, object] = b""
    status: int = 200
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False

    @property
    def octets(self) -> bytes:
        if isinstance(self.body, dict):
            return json.dumps(self.body, ensure_ascii=False).encode()
        return self.body


Answerer = Callable[[Asked], Told]


class FarSide:
    """Answers by *answerer* and remembers what was asked."""

    def __init__(self, answerer: Answerer) -> None:
        self.asked: list[Asked] = []
        self.answerer = answerer
        self.base_url = ""
        self._lock = threading.Lock()

    def tell(self, asked: Asked) -> Told:
        with self._lock:
            self.asked.append(asked)
        return self.answerer(asked)

    def count(self, path: str) -> int:
        return sum(one.path == path for one in self.asked)


@contextmanager
def far_side(answerer: Answerer) -> Iterator[FarSide]:
    """Run a FarSide for the length of the block."""
    side = FarSide(answerer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            return

        def answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = dict(parse_qsl(parts.query))
            told = side.tell(Asked(self.command, parts.path, query, self.headers, body))
            self.send_response(told.status)
            self.send_header("Content-Type", told.media_type)
            self.send_header("Content-Length", str(len(told.octets) + 100 * told.cut))
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.octets)
            self.close_connection = told.cut

        do_GET = do_POST = answer  # noqa: N815 - names of http.server

    class Server(ThreadingHTTPServer):
        request_queue_size = 64
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    side.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield side
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
