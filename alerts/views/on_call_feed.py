"""Calendar feeds of on-call shifts, opened by a secret token instead of a sign-in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Membership
from alerts import actions
from alerts.models import OnCallPerson, OnCallSchedule
from alerts.on_call import find_coverage
from alerts.on_call_feed import CONTENT_TYPE, FUTURE, PAST, FeedShift, write_calendar
from integrations_project.lib.encryption import hash_token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

MAX_TOKEN_LENGTH = 64
SCHEDULE_LIMIT = 200


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with the shifts of a schedule, or of a person; an unknown token is 404."""
    now = timezone.now()
    if not 20 <= len(token) <= MAX_TOKEN_LENGTH:
        raise Http404
    # Found by the hash alone; the token itself need not be opened.
    token_hash = hash_token(token)
    rows = OnCallSchedule.objects.filter(feed_token_hash=token_hash)
    schedule = rows.defer("feed_token").first()
    if schedule is not None:
        name, shifts = schedule.name, _list_shifts([schedule], now)
    else:
        name, shifts = _find_own(token_hash, now)
    body = write_calendar(name, shifts, now=now)
    response = HttpResponse(body, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = 'inline; filename="on-call.ics"'
    return response


def _find_own(token_hash: str, now: datetime) -> tuple[str, list[FeedShift]]:
    """Return a person's own shifts, as long as they belong to the organization."""
    people = OnCallPerson.objects.select_related("user", "organization")
    rows = people.filter(feed_token_hash=token_hash, user__is_active=True)
    person = rows.defer("feed_token").first()
    if person is None:
        raise Http404
    members = Membership.objects.filter(organization=person.organization)
    if not members.filter(user=person.user).exists():
        raise Http404
    schedules = OnCallSchedule.objects.filter(organization=person.organization)
    shifts = _list_shifts(schedules.defer("feed_token")[:SCHEDULE_LIMIT], now)
    mine = [each for each in shifts if each.shift.who.user_id == person.user_id]
    return f"{person.user} on call", mine


def _list_shifts(schedules: Iterable[OnCallSchedule], now: datetime) -> list[FeedShift]:
    rows = list(schedules)
    since, until = now - PAST, now + FUTURE
    plans = actions.read_plans(rows, since=since, until=until)
    return [
        FeedShift(
            schedule_id=str(row.pk),
            schedule=row.name,
            url=settings.SITE_URL + row.get_absolute_url(),
            shift=shift,
        )
        for row in rows
        for shift in find_coverage(plans[row.pk], since=since, until=until).shifts
        # What began before and is over would be shown cut.
        if shift.starts_at > since or shift.ends_at > now
    ]
