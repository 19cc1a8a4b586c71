"""What can be wrong with an on-call schedule, said in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError

from accounts.models import Membership
from alerts.models import OnCallRotation, OnCallSchedule
from integrations_project.lib.zones import list_zones

if TYPE_CHECKING:
    from accounts.models import Organization, User
    from webhooks.models import Destination

MAX_ROTATIONS = 20
MAX_MEMBERS = 50
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
SHIFT_DAYS = {OnCallRotation.Kind.DAILY: 1, OnCallRotation.Kind.WEEKLY: 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """A person of a rotation, and where they are told; None is an e-mail to them."""

    user: User
    destination: Destination | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRotation:
    """A rotation to store, new or changed, with its people in their order."""

    row: OnCallRotation
    members: Sequence[NewMember]


def check_schedule(
    schedule: OnCallSchedule, rotations: Sequence[NewRotation] | None
) -> None:
    """Check a schedule with its rotations, all that can be wrong together.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    schedule.name = str(schedule.name).strip()
    errors: dict[str, Any] = {}
    try:
        schedule.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        errors = dict(error.message_dict)
    if "time_zone" not in errors and schedule.time_zone not in list_zones():
        message = "Choose a zone such as Europe/Berlin or UTC."
        errors["time_zone"] = [message]
    twins = OnCallSchedule.objects.filter(
        organization=schedule.organization, name=schedule.name
    )
    if twins.exclude(pk=schedule.pk).exists():
        errors["name"] = [f"There is already a schedule {schedule.name}."]
    if sentences := _find_document_errors(schedule, rotations or ()):
        errors["rotations"] = sentences
    if errors:
        raise ValidationError(errors)


def find_rotation_errors(
    rotation: OnCallRotation,
    members: Sequence[NewMember],
    *,
    organization: Organization,
) -> dict[str, list[str]]:
    """Return what is wrong with a rotation, by field; settles what follows from kind.

    People are named at ``members``.
    """
    rotation.shift_days = SHIFT_DAYS.get(
        OnCallRotation.Kind(rotation.kind)
        if rotation.kind in OnCallRotation.Kind.values
        else OnCallRotation.Kind.CUSTOM,
        rotation.shift_days,
    )
    errors: dict[str, list[str]] = {}
    try:
        rotation.clean_fields(exclude={"schedule", "position", "weekdays"})
    except ValidationError as error:
        errors = dict(error.message_dict)
    _check_days(rotation, errors)
    _check_hours(rotation, errors)
    if sentences := _find_member_errors(members, organization):
        errors["members"] = sentences
    return errors


def list_members(organization_id: UUID, users: Iterable[User]) -> set[UUID]:
    """Return the ids of those people who belong to the organization and sign in."""
    rows = Membership.objects.filter(
        organization=organization_id, user__in=list(users), user__is_active=True
    )
    return set(rows.values_list("user_id", flat=True))


def _find_document_errors(
    schedule: OnCallSchedule, rotations: Sequence[NewRotation]
) -> list[str]:
    if len(rotations) > MAX_ROTATIONS:
        return [f"A schedule has at most {MAX_ROTATIONS} rotations."]
    found = []
    for number, new in enumerate(rotations, 1):
        errors = find_rotation_errors(
            new.row, new.members, organization=schedule.organization
        )
        for name, sentences in errors.items():
            where = f"Rotation {number}, {name.replace('_', ' ')}"
            found += [f"{where}: {sentence}" for sentence in sentences]
    return found


def _check_days(rotation: OnCallRotation, errors: dict[str, list[str]]) -> None:
    for name in ("starts_on", "ends_on"):
        day = getattr(rotation, name)
        if name not in errors and day and not FIRST_DAY <= day < LAST_DAY:
            errors[name] = ["Choose a day of this century."]
    if errors.keys() & {"starts_on", "ends_on"} or rotation.ends_on is None:
        return
    if rotation.ends_on < rotation.starts_on:
        errors["ends_on"] = ["Choose a last day that is not before the first."]


def _check_hours(rotation: OnCallRotation, errors: dict[str, list[str]]) -> None:
    begin, end = rotation.active_from, rotation.active_to
    if not errors.keys() & {"active_from", "active_to"}:
        if (begin is None) != (end is None):
            name = "active_from" if begin is None else "active_to"
            errors[name] = ["Enter both times, or none for around the clock."]
        elif begin is not None and begin == end:
            errors["active_to"] = ["Enter another time, or none for around the clock."]
    days = rotation.weekdays
    if not isinstance(days, list) or not all(
        isinstance(day, int) and not isinstance(day, bool) and 0 <= day <= 6
        for day in days
    ):
        errors["weekdays"] = ["Write a list of days, 0 for Monday to 6 for Sunday."]
        return
    rotation.weekdays = sorted(set(days)) if len(set(days)) < 7 else []


def _find_member_errors(
    members: Sequence[NewMember], organization: Organization
) -> list[str]:
    if not members:
        return ["Choose at least one person."]
    if len(members) > MAX_MEMBERS:
        return [f"A rotation has at most {MAX_MEMBERS} people."]
    here = list_members(organization.pk, [each.user for each in members])
    found = [
        f"{each.user} is no member of this organization who can sign in."
        for each in members
        if each.user.pk not in here
    ]
    for each in members:
        told_at = each.destination
        if told_at is None:
            continue
        if told_at.organization_id != organization.pk or told_at.managed_by:
            found.append(f"Choose a webhook of this organization for {each.user}.")
    return list(dict.fromkeys(found))
