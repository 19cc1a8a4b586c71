"""Identifiers that sort by the time they were made."""

from __future__ import annotations

import os
import time
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def uuid7() -> uuid.UUID:
    """Return a new UUID version 7: the time to a quarter of a microsecond, then chance.

    Neighbours in time are neighbours in an index, and a list that is ordered by
    id is ordered by age, also what one transaction writes within a millisecond.

    Source: RFC 9562, sections 5.7 and 6.2 (method 3).
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76 | (nanoseconds * 4096 // 1_000_000) << 64
    value |= int.from_bytes(os.urandom(8), "big")
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def first_id_at(moment: datetime) -> uuid.UUID:
    """Return the lowest UUID version 7 of a moment: rows from then on are not below.

    It lets an index by id answer what is asked by time.
    """
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(int=(milliseconds & 0xFFFF_FFFF_FFFF) << 80)
