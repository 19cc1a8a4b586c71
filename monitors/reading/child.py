"""The child: reads one page after the other until its pipe closes."""

from __future__ import annotations

import json
import math
import os
import resource
import sys
from typing import TYPE_CHECKING, Any

from monitors.reading.request import LENGTH_BYTES, answer_request

if TYPE_CHECKING:
    from typing import BinaryIO

MAX_MEMORY_BYTES = 1536 * 1024 * 1024


def main() -> None:
    """Answer requests; the parent kills us when one takes too long."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    # What the parser prints must not get into the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while (message := _receive(sys.stdin.buffer)) is not None:
        _limit_processor(message["processor_seconds"])
        try:
            answer = answer_request(message)
        except (MemoryError, RecursionError):
            answer = {
                "error": "The page takes more memory to read than it may.",
                "code": "too_large",
            }
        _send(answers, answer)


def _limit_processor(seconds: int) -> None:
    """Let the kernel end us when this page takes more; other work does not count."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _receive(stream: BinaryIO) -> dict[str, Any] | None:
    header = stream.read(LENGTH_BYTES)
    if len(header) < LENGTH_BYTES:
        return None
    message: dict[str, Any] = json.loads(stream.read(int.from_bytes(header)))
    return message


def _send(stream: BinaryIO, answer: dict[str, Any]) -> None:
    data = json.dumps(answer).encode()
    stream.write(len(data).to_bytes(LENGTH_BYTES) + data)
    stream.flush()


if __name__ == "__main__":
    main()
