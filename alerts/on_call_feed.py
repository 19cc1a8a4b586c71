"""Writes shifts as an iCalendar feed that calendars subscribe to. Pure.

Source: RFC 5545; RFC 7986 for the name and the refresh interval.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from icalendar import Calendar, Event, vDuration

from alerts.on_call import Person, Shift

CONTENT_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=1)
#: How much of the past and of the future a feed tells.
PAST, FUTURE = timedelta(days=30), timedelta(days=92)


class FeedShift(NamedTuple):
    """A shift of a schedule, whole."""

    schedule_id: str
    schedule: str
    url: str  # the schedule's page
    shift: Shift[Person]


def write_calendar(name: str, shifts: Iterable[FeedShift], *, now: datetime) -> bytes:
    """Return a calendar with an event for each shift, in UTC.

    An event keeps its UID as long as the same person starts at the same moment, so
    that a calendar changes it rather than showing it twice.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Signalpost//On-call//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("name", name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    # Spelled out: of an unknown name the library would write "1:00:00".
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for each in shifts:
        calendar.add_component(_write_event(each, now))
    body: bytes = calendar.to_ical()
    return body


def _write_event(each: FeedShift, now: datetime) -> Event:
    shift = each.shift
    key = f"{each.schedule_id}/{shift.who.user_id}/{shift.starts_at.isoformat()}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    event = Event()
    event.add("uid", f"{digest}@signalpost")
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("dtstart", shift.starts_at)
    event.add("dtend", shift.ends_at)
    event.add("summary", f"{shift.who.name} on call: {each.schedule}")
    how = "Override" if shift.is_override else "Rotation"
    event.add("description", f"{how}: {shift.layer}" if shift.layer else how)
    event.add("url", each.url)
    # On call is no meeting: the time stays free for others to book.
    event.add("transp", "TRANSPARENT")
    return event
