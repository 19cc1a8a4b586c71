"""Turns a page into items in a room of its own, which is closed when it takes too long.

A hostile page or selector keeps the HTML parser busy for minutes (100,000 nested
elements: 59 s; ``div:not(:has(p)) div:has(span) div`` on 100,000: 399 s), and nothing
can interrupt it inside our process. So it runs in a child process with a limit of
memory and a deadline.
"""

from __future__ import annotations

from monitors.reading.room import ReadingRoom, read_in_room

__all__ = ["ReadingRoom", "read_in_room"]
