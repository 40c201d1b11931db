"""Serve a Flask app on loopback from this very process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class _QuietHandler(WSGIRequestHandler):
    """Query strings carry tokens: nothing of a request is printed."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def open_port(port: int = 0) -> socket.socket:
    """A listening socket on loopback; its number is known before the app is made."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener


def url_of(listener: socket.socket) -> str:
    """http://127.0.0.1:PORT"""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def server_for(app: Flask, listener: socket.socket) -> BaseWSGIServer:
    """A threaded server that takes over *listener*."""
    port = listener.getsockname()[1]
    return make_server(
        "127.0.0.1",
        port,
        app,
        threaded=True,
        request_handler=_QuietHandler,
        fd=listener.fileno(),
    )


@contextmanager
def serving(app: Flask, listener: socket.socket) -> Iterator[str]:
    """Serve *app* beside the caller; yields the URL."""
    server = server_for(app, listener)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield url_of(listener)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        listener.close()
