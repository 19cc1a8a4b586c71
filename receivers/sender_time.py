"""Read a time as senders write it: ISO 8601, or seconds since 1970 in some unit."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from integrations_project.lib.json_types import JSONValue

#: What lies outside is a placeholder ("0001-01-01") or a mistake, not a time.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

_NUMBER = re.compile(r"[0-9]{9,19}(?:\.[0-9]{1,9})?")
#: More digits of a second than Python reads; a zone without a colon is fine with it.
_FRACTION = re.compile(r"(\.[0-9]{6})[0-9]+")
#: Seconds have ten digits until 2286, milliseconds thirteen, and so on.
_UNITS = ((11, 1), (14, 10**3), (17, 10**6), (20, 10**9))


def parse_sender_time(value: JSONValue) -> datetime | None:
    """Return a sender's time in UTC; None when it is no time between 2000 and 2100.

    A time without a zone is taken for UTC, as most senders mean it.
    """
    moment = _parse(value)
    return moment if moment and EARLIEST <= moment < LATEST else None


def _parse(value: JSONValue) -> datetime | None:
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    if _NUMBER.fullmatch(text):
        return _from_number(text)
    if len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(r"\1", text).removesuffix(" UTC"))
    except ValueError:
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return None


def _from_number(text: str) -> datetime | None:
    whole, _, _ = text.partition(".")
    unit = next(size for digits, size in _UNITS if len(whole) < digits)
    try:
        return datetime.fromtimestamp(float(text) / unit, UTC)
    except (OverflowError, OSError, ValueError):
        return None
