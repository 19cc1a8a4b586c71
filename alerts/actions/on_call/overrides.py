"""Somebody else is on call for a while: put in, and taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.actions import record_audit
from alerts.actions.on_call.checks import list_members
from alerts.models import OnCallOverride, OnCallSchedule

if TYPE_CHECKING:
    from accounts.datatypes import Actor

LONGEST_OVERRIDE = timedelta(days=366)


@transaction.atomic
def add_override(override: OnCallOverride, *, actor: Actor) -> OnCallOverride:
    """Put somebody in for a while; of several at one time the latest made wins.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    if errors := find_override_errors(override):
        raise ValidationError(errors)
    override.created_by = actor.label[:200]
    override.save(force_insert=True)
    _audit(override, actor=actor, action="overridden", changes=_tell(override))
    return override


def find_override_errors(override: OnCallOverride) -> dict[str, list[str]]:
    """Return a sentence for each field of an override that needs mending."""
    schedule = override.schedule
    errors: dict[str, list[str]] = {}
    if override.starts_at >= override.ends_at:
        errors["ends_at"] = ["Choose an end after the start."]
    elif override.ends_at - override.starts_at > LONGEST_OVERRIDE:
        errors["ends_at"] = ["An override lasts a year at most; change the rotation."]
    if not list_members(schedule.organization_id, [override.user]):
        errors["user"] = ["Choose a member of this organization who can sign in."]
    if len(override.reason) > 200:
        errors["reason"] = ["Write at most 200 characters."]
    return errors


@transaction.atomic
def set_overrides(
    schedule: OnCallSchedule,
    wanted: Iterable[OnCallOverride],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Let these be all the overrides of a schedule that are not over yet.

    What is as it was stays, what is not among them is taken back, and the others are
    put in. Those that are over are left alone.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    rows = schedule.overrides.select_related("user").filter(ends_at__gt=now)
    stored = {_identify(row): row for row in rows}
    asked = {_identify(row): row for row in wanted}
    for key, row in stored.items():
        if key not in asked:
            delete_override(row, actor=actor)
    for key, row in asked.items():
        if key not in stored:
            row.schedule = schedule
            add_override(row, actor=actor)


def _identify(row: OnCallOverride) -> tuple[object, ...]:
    return row.user_id, row.starts_at, row.ends_at, row.reason


@transaction.atomic
def delete_override(override: OnCallOverride, *, actor: Actor) -> None:
    """Take an override back."""
    changes = {name: pair[::-1] for name, pair in _tell(override).items()}
    _audit(override, actor=actor, action="override_removed", changes=changes)
    override.delete()


def _tell(override: OnCallOverride) -> dict[str, Any]:
    after = {
        "on call": str(override.user),
        "from": _time(override.starts_at),
        "until": _time(override.ends_at),
        "reason": override.reason,
    }
    return {name: ["", value] for name, value in after.items() if value}


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


def _audit(
    override: OnCallOverride, *, actor: Actor, action: str, changes: dict[str, Any]
) -> None:
    record_audit(
        organization=override.schedule.organization,
        actor=actor,
        action=f"on_call_schedule.{action}",
        target=override.schedule,
        changes=changes,
    )
