"""Own alert types beside the catalogue: saved, deleted, found, and held to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.actions import list_changes, record_audit
from alerts.catalogue import (
    CATALOGUE,
    AlertEntry,
    AlertField,
    find_data_errors,
    find_entry,
)
from alerts.models import AlertType
from webhooks.datatypes import KnownAlert

if TYPE_CHECKING:
    from accounts.datatypes import Actor
    from accounts.models import Organization

FIELDS = ("name", "title", "category", "when", "fields", "example")
#: Lists show all of them at once.
MAX_TYPES = 500


@transaction.atomic
def save_alert_type(alert_type: AlertType, *, actor: Actor) -> AlertType:
    """Store an alert type of an organization.

    Raises:
        ValidationError: With a sentence for each field; nothing was written.
    """
    is_new = alert_type._state.adding
    alert_type.full_clean()
    rows = AlertType.objects.filter(organization=alert_type.organization_id)
    if is_new and rows.count() >= MAX_TYPES:
        raise ValidationError(f"At most {MAX_TYPES} alert types of your own are taken.")
    before = {} if is_new else _values(rows.get(pk=alert_type.pk))
    alert_type.save()
    changes = list_changes(before, _values(alert_type))
    if is_new or changes:
        record_audit(
            organization=alert_type.organization,
            actor=actor,
            action="alert_type.created" if is_new else "alert_type.updated",
            target=alert_type,
            changes=changes,
        )
    return alert_type


@transaction.atomic
def delete_alert_type(alert_type: AlertType, *, actor: Actor) -> None:
    """Remove an alert type; alerts of its name are taken with free data again."""
    record_audit(
        organization=alert_type.organization,
        actor=actor,
        action="alert_type.deleted",
        target=alert_type,
    )
    alert_type.delete()


def list_alert_entries(organization: Organization) -> list[AlertEntry]:
    """Return the catalogue, and after it what the organization added, by name."""
    rows = AlertType.objects.filter(organization=organization).order_by("name")
    return [*CATALOGUE, *map(build_entry, rows[:MAX_TYPES])]


def find_alert_entry(organization: Organization, name: str) -> AlertEntry | None:
    """Return what is known of alerts of a name: the catalogue's entry, or the own."""
    if documented := find_entry(name):
        return documented
    row = AlertType.objects.filter(organization=organization, name=name).first()
    return build_entry(row) if row else None


def find_alert_data_errors(
    organization: Organization, name: str, data: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return what is wrong with the data of an alert of a name, path to sentences.

    Nothing is when the name is in no catalogue, or none of its fields is known.
    """
    entry = find_alert_entry(organization, name)
    return find_data_errors(entry.fields, data) if entry else {}


def list_known_alerts(organization: Organization) -> list[KnownAlert]:
    """Return what pickers of events and samples of alerts need."""
    return [
        KnownAlert(type=each.event_type, title=each.title, data=each.example)
        for each in list_alert_entries(organization)
        if each.name
    ]


def build_entry(row: AlertType) -> AlertEntry:
    """Return an own alert type as the catalogue has its entries."""
    return AlertEntry(
        name=row.name,
        title=row.title,
        category=row.category,
        when=row.when,
        fields=tuple(
            AlertField(
                path,
                each["type"],
                each.get("description", ""),
                each.get("required", False),
            )
            for path, each in row.fields.items()
        ),
        example=row.example,
        id=str(row.pk),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _values(row: AlertType) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}
