"""A webhook's own schedule of retries."""

from __future__ import annotations

from typing import Any

MAX_RETRIES = 20
MAX_RETRY_SECONDS = 2 * 24 * 60 * 60


def normalize_retry_schedule(schedule: Any) -> Any:
    """Return the schedule as it is stored: one that is empty takes the default."""
    return None if schedule in ([], "") else schedule


def find_retry_schedule_error(schedule: Any) -> str:
    """Return what is wrong with a schedule of retries, or an empty text."""
    if schedule is None:
        return ""
    message = (
        f"Enter 1 to {MAX_RETRIES} waits in whole seconds, each from 1 to "
        f"{MAX_RETRY_SECONDS}, such as [5, 300, 1800]; or leave it empty."
    )
    if not isinstance(schedule, list) or not 1 <= len(schedule) <= MAX_RETRIES:
        return message
    for wait in schedule:
        if type(wait) is not int or not 1 <= wait <= MAX_RETRY_SECONDS:
            return message
    return ""
