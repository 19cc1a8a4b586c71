"""Secret addresses of calendars: of a schedule, and of a person's own shifts."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.actions import record_audit
from alerts.models import OnCallPerson, OnCallSchedule

if TYPE_CHECKING:
    from accounts.datatypes import Actor
    from accounts.models import Organization, User


@transaction.atomic
def rotate_feed(schedule: OnCallSchedule, *, actor: Actor) -> str:
    """Give a schedule's calendar another address; the old one ends at once."""
    schedule.feed_token = make_token()
    schedule.save(update_fields=("feed_token", "updated_at"))
    changes = {"feed_token": ["***", "***"]}
    record_audit(
        organization=schedule.organization,
        actor=actor,
        action="on_call_schedule.feed_rotated",
        target=schedule,
        changes=changes,
    )
    return schedule.feed_token


def get_person_feed(
    user: User, organization: Organization, *, renew: bool = False
) -> str:
    """Return the token of a person's own calendar, made when it is first asked for.

    Args:
        user: Whose shifts.
        organization: In which of theirs.
        renew: Make another; the old address ends at once.
    """
    person, _ = OnCallPerson.objects.get_or_create(
        organization=organization, user=user, defaults={"feed_token": make_token()}
    )
    if renew or not person.feed_token:
        person.feed_token = make_token()
        person.save(update_fields=("feed_token",))
    return person.feed_token


def make_token() -> str:
    """Return an unguessable token of 43 characters."""
    return secrets.token_urlsafe(32)
