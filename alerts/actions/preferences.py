"""What an organization decides once: read, with defaults, and saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.actions import list_changes, record_audit
from alerts.actions.status_pages import touch_pages_of
from alerts.models import Preferences
from integrations_project.lib.prepared import Prepared
from integrations_project.lib.zones import find_zone_name

if TYPE_CHECKING:
    from accounts.datatypes import Actor
    from accounts.models import Organization

FIELDS = (
    "time_zone",
    "degraded_weight",
    "down_weight",
    "maintenance",
    "related_by",
    "related_label",
    "join_minutes",
)


_STORED = Prepared(
    lambda organization_id: Preferences.objects.filter(organization=organization_id),
    organization_id=UUID(int=1),
)


def find_preferences(organization: Organization) -> Preferences:
    """Return an organization's preferences; without a row the defaults, not stored."""
    stored = _STORED.run(organization_id=organization.pk)
    return stored[0] if stored else Preferences(organization=organization)


@transaction.atomic
def save_preferences(preferences: Preferences, *, actor: Actor) -> Preferences:
    """Store what was decided, with an audit entry of what is other than before.

    Another zone has the daily uptime counted anew by the next run of the roll-ups;
    status pages, which show percentages, are marked as changed.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    check_preferences(preferences)
    organization = preferences.organization
    before = find_preferences(organization)
    changes = list_changes(_values(before), _values(preferences))
    Preferences.objects.update_or_create(
        organization=organization,
        defaults={name: getattr(preferences, name) for name in FIELDS},
    )
    if changes:
        touch_pages_of(organization)
        record_audit(
            organization=organization,
            actor=actor,
            action="preferences.updated",
            target=organization,
            changes=changes,
        )
    return find_preferences(organization)


def check_preferences(preferences: Preferences) -> None:
    """Check everything that can be wrong, all fields together.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    errors: dict[str, Any] = {}
    zone = find_zone_name(str(preferences.time_zone))
    if zone is not None:
        preferences.time_zone = zone
    else:
        errors["time_zone"] = [
            "There is no such time zone. Choose one by its name, such as "
            "Europe/Berlin or America/New_York."
        ]
    is_by_label = preferences.related_by == Preferences.Relation.LABEL
    if is_by_label and not preferences.related_label.strip():
        errors["related_label"] = ["Name the label that makes services related."]
    try:
        preferences.full_clean(validate_unique=False, exclude=errors)
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    if errors:
        raise ValidationError(errors)


def _values(preferences: Preferences) -> dict[str, Any]:
    return {name: _plain(getattr(preferences, name)) for name in FIELDS}


def _plain(value: Any) -> Any:
    """Return a value that compares as it is meant: 1 is 1.000."""
    return value if isinstance(value, str | int) else float(value)
