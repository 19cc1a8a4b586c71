"""Runs the web server, and says before that why it could not."""

from __future__ import annotations

import errno
import multiprocessing
import resource
import socket
import time
from dataclasses import dataclass
from importlib import import_module

from django.urls import get_resolver
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

APPLICATION = "integrations_project.asgi"
BACKLOG = 1024
#: Connections that are open at once; a sender that drips holds one for ten seconds.
MAX_CONNECTIONS = 4096
#: Files that the program opens besides its connections.
OTHER_FILES = 256
#: For the headers of a request, and for the pause before the next one.
HEADER_SECONDS = 20
#: Seconds for requests that are under way when the server is told to end.
FINISH_SECONDS = 5
#: A predecessor that was ended by force a moment ago still holds the port.
PATIENCE_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the web server listens."""

    host: str
    port: int

    def is_answering(self) -> bool:
        """Whether something accepts connections there."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  # compared, not bound
        try:
            socket.create_connection((host, self.port), timeout=0.5).close()
        except OSError:
            return False
        return True


def run_web(address: Address) -> None:
    """Serve until told to end. Paths carry tokens, so requests are not logged."""
    # Its worker shares our memory and our lifeline; newer Pythons would start afresh.
    multiprocessing.set_start_method("fork", force=True)
    Granian(
        f"{APPLICATION}:application",
        address=_find_address(address)[1][0],
        port=address.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
        websockets=False,
        workers=1,
        backlog=BACKLOG,
        backpressure=_count_connections(),
        log_access=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=FINISH_SECONDS,
    ).serve()


def _count_connections() -> int:
    """Return how many connections there may be, and allow as many open files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MAX_CONNECTIONS + OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        files = min(files, hard)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return max(files - OTHER_FILES, OTHER_FILES)


def load_web() -> None:
    """Load everything a request needs, so that the children share its memory."""
    import_module(APPLICATION)
    get_resolver().url_patterns  # noqa: B018  # imports every view


def find_port_problem(
    address: Address, *, patience_seconds: float = PATIENCE_SECONDS
) -> str:
    """Return why nothing can listen there, as a sentence, or an empty text.

    The server shares its port between processes, so two of them would otherwise
    start side by side and each take half of the requests.
    """
    deadline = time.monotonic() + patience_seconds
    while True:
        problem, may_pass = _try_port(address)
        if not may_pass or time.monotonic() >= deadline:
            return problem
        time.sleep(0.2)


def _try_port(address: Address) -> tuple[str, bool]:
    try:
        family, pair = _find_address(address)
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(pair)
    except OSError as error:
        return _explain(error, address), error.errno == errno.EADDRINUSE
    return "", False


def _explain(error: OSError, address: Address) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"Port {address.port} on {address.host} is taken by another program. "
                "End that one, or choose another port with PORT."
            )
        case errno.EACCES:
            return f"Port {address.port} is reserved: set PORT to one above 1023."
        case _:
            return f"Cannot listen on {address.host}: {error.strerror}."


def _find_address(address: Address) -> tuple[socket.AddressFamily, tuple[str, int]]:
    found = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    family, _, _, _, pair = found[0]
    return family, (str(pair[0]), address.port)
