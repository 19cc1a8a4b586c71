"""The secrets before, which go on signing until their own end.

A destination keeps them in one encrypted text: a single one as it is, more as a JSON
list over several lines. No secret holds a line break, so the two cannot be confused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

#: One more rotation ends the oldest of them at once.
MAX_PREVIOUS = 5
_LIST_START = "[\n"


class PreviousSecret(NamedTuple):
    """A secret that was rotated out and still signs."""

    secret: str
    expires_at: datetime  #: it signs before this moment


def read_previous(
    text: str, *, latest_end: datetime | None
) -> tuple[PreviousSecret, ...]:
    """Return the secrets before, the newest first; ended ones may be among them.

    Args:
        text: As it is stored, decrypted.
        latest_end: Stored beside it; the end of a single one.
    """
    if not text or latest_end is None:
        return ()
    if not text.startswith(_LIST_START):
        return (PreviousSecret(text, latest_end),)
    return tuple(
        PreviousSecret(each["secret"], datetime.fromisoformat(each["expires_at"]))
        for each in json.loads(text)
    )


def write_previous(
    previous: Sequence[PreviousSecret],
) -> tuple[str, datetime | None]:
    """Return the text and the latest end to store; the opposite of `read_previous`."""
    if not previous:
        return "", None
    latest_end = max(each.expires_at for each in previous)
    if len(previous) == 1:
        return previous[0].secret, latest_end
    listed = [
        {"secret": each.secret, "expires_at": each.expires_at.isoformat()}
        for each in previous
    ]
    return json.dumps(listed, indent=0), latest_end
