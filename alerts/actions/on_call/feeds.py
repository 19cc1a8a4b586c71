"""Secret addresses of calendars: of a schedule, and of a person's own shifts."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.actions import record_audit
from alerts.models import OnCallPerson, OnCallSchedule
from integrations_project.lib.encryption import hash_token

if TYPE_CHECKING:
    from accounts.datatypes import Actor
    from accounts.models import Organization, User

TOKEN_FIELDS = ("feed_token", "feed_token_hash")


@transaction.atomic
def rotate_feed(schedule: OnCallSchedule, *, actor: Actor) -> str:
    """Give a schedule's calendar another address; the old one ends at once."""
    token = give_token(schedule)
    schedule.save(update_fields=(*TOKEN_FIELDS, "updated_at"))
    changes = {"feed_token": ["***", "***"]}
    record_audit(
        organization=schedule.organization,
        actor=actor,
        action="on_call_schedule.feed_rotated",
        target=schedule,
        changes=changes,
    )
    return token


def get_person_feed(
    user: User, organization: Organization, *, renew: bool = False
) -> str:
    """Return the token of a person's own calendar, made when it is first asked for.

    Args:
        user: Whose shifts.
        organization: In which of theirs.
        renew: Make another; the old address ends at once.
    """
    person, _ = OnCallPerson.objects.get_or_create(organization=organization, user=user)
    if renew or not person.feed_token_hash:
        give_token(person)
        person.save(update_fields=TOKEN_FIELDS)
    token: str = person.feed_token
    return token


def give_token(owner: OnCallSchedule | OnCallPerson) -> str:
    """Set an unguessable token of 43 characters on a row, which is not saved yet."""
    token = secrets.token_urlsafe(32)
    owner.feed_token, owner.feed_token_hash = token, hash_token(token)
    return token
