"""Print every webhook that is posted here: `python print_webhooks.py 9000`."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class PrintWebhook(BaseHTTPRequestHandler):
    """Takes every POST with 204 and prints what came."""

    def do_POST(self) -> None:
        """Read the body, print it with the headers that matter, say thanks."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
            sys.stdout.write(f"{name}: {self.headers.get(name)}\n")
        sys.stdout.write(f"{body.decode()}\n\n")
        sys.stdout.flush()
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Leave the log to what was posted."""


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    ThreadingHTTPServer(("127.0.0.1", port), PrintWebhook).serve_forever()
