"""An HTTPS server on loopback that wants a client certificate and notes whose."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        shown = self.connection.getpeercert()  # type: ignore[attr-defined]
        name = dict(pair[0] for pair in shown["subject"])["commonName"] if shown else ""
        self.server.seen.append((name, self.client_address[1]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        if self.server.hangs_up:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    tls: ssl.SSLContext
    seen: list[tuple[str, int]]
    hangs_up: bool

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        wrapped = self.tls.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        )
        wrapped.settimeout(5)
        return wrapped, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client without a certificate is part of the tests."""


class GuardedServer:
    """`seen` holds (common name, client's port) of each request."""

    def __init__(
        self,
        own: tuple[Path, Path],
        authority: Path,
        *,
        is_required: bool = True,
        hangs_up: bool = False,
    ) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.seen = []
        self._server.hangs_up = hangs_up
        self._server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._server.tls.load_cert_chain(*own)
        self._server.tls.load_verify_locations(authority)
        self._server.tls.verify_mode = (
            ssl.CERT_REQUIRED if is_required else ssl.CERT_OPTIONAL
        )
        self.port = self._server.server_address[1]
        self.url = f"https://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    @property
    def seen(self) -> list[tuple[str, int]]:
        return self._server.seen

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.seen]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._server.server_close()
