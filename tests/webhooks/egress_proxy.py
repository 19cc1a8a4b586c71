"""An egress proxy on loopback that plays the host behind it, over real TLS.

A service with a fixed host cannot be led to loopback. It can be led through a proxy, as
operators lead it; this one answers the CONNECT and then for the host itself.
"""

from __future__ import annotations

import socketserver
import ssl
import threading
from contextlib import suppress


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        proxy = self.server.proxy
        with suppress(OSError):
            proxy.connects.append(self.rfile.readline().decode().split()[1])
            self.skip_headers(self.rfile)
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with proxy.tls.wrap_socket(self.connection, server_side=True) as inner:
                stream = inner.makefile("rwb")
                path = stream.readline().decode().split()[1]
                length = self.skip_headers(stream)
                proxy.requests.append((path, stream.read(length)))
                status, body = proxy.answer
                stream.write(
                    b"HTTP/1.1 %d Scripted\r\nContent-Length: %d\r\n"
                    b"Connection: close\r\n\r\n%s" % (status, len(body), body)
                )
                stream.flush()

    @staticmethod
    def skip_headers(stream):
        length = 0
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return length


class EgressProxy:
    """`connects` says which hosts were asked for, `requests` what they got."""

    def __init__(self, certificate):
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(*certificate)
        self.connects, self.requests = [], []
        self.answer = (200, b'{"ok": true}')
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
