"""Django's WSGI application behind the asynchronous front.

Bodies are read before, and answers of a usual size are sent after a thread had to do
with them: neither a slow sender nor a slow reader holds one.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from integrations_project.front.replies import Reply
from integrations_project.lib.request_body import REFUSED_KEY

if TYPE_CHECKING:
    from integrations_project.front.asgi_types import Headers, Scope
    from integrations_project.lib.request_body import ReceivedBody

#: Longer answers are sent in pieces while a thread reads on.
MAX_WHOLE_BYTES = 8 * 1024 * 1024
MAX_PIECE_BYTES = 1024 * 1024

_BASE = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}


def build_environ(scope: Scope, body: ReceivedBody) -> dict[str, Any]:
    """Return a request as WSGI wants it; its body is whole and its length known.

    Source: PEP 3333; https://asgi.readthedocs.io/en/latest/specs/www.html
    """
    client, server = scope.get("client"), scope.get("server")
    environ: dict[str, Any] = _BASE | {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0] if server else "localhost",
        "SERVER_PORT": str(server[1]) if server else "",
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0] if client else "",
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body.data),
    }
    _add_headers(environ, scope["headers"])
    # In chunks or not: by now all of it is here.
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_LENGTH"] = str(len(body.data))
    if body.refused is not None:
        environ[REFUSED_KEY] = body.refused
    return environ


def _add_headers(environ: dict[str, Any], headers: Headers) -> None:
    for raw_name, raw_value in headers:
        if b"_" in raw_name:
            continue  # it would pass for the one with a hyphen
        name = raw_name.decode("latin-1").replace("-", "_").upper()
        value = raw_value.decode("latin-1")
        if name not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            name = f"HTTP_{name}"
        if name in environ:
            separator = "; " if name == "HTTP_COOKIE" else ","
            value = f"{environ[name]}{separator}{value}"
        environ[name] = value


def call_wsgi(
    application: Callable[..., Iterable[bytes]], environ: dict[str, Any]
) -> Reply:
    """Have a WSGI application answer; for a thread that may wait."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        started[:] = [(status, headers)]

    response = application(environ, start_response)
    close = getattr(response, "close", _do_nothing)
    pieces = iter(response)
    try:
        body, is_whole = _read_some(pieces)
    except BaseException:
        close()
        raise
    if is_whole:
        close()
    status, headers = started[0]
    return Reply(
        status=int(status.partition(" ")[0]),
        headers=[
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers
        ],
        body=body,
        rest=None if is_whole else pieces,
        close=None if is_whole else close,
    )


def read_more(pieces: Iterator[bytes]) -> bytes | None:
    """Return the next mebibyte or so of a long answer; None when there is no more."""
    kept: list[bytes] = []
    size = 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size > MAX_PIECE_BYTES:
            break
    return b"".join(kept) if kept else None


def _read_some(pieces: Iterator[bytes]) -> tuple[bytes, bool]:
    kept: list[bytes] = []
    size = 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size > MAX_WHOLE_BYTES:
            return b"".join(kept), False
    return b"".join(kept), True


def _do_nothing() -> None:
    """Stand in for the ``close`` of an answer that has none."""
