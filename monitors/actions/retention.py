"""How long runs are kept: decided by each organization, done once a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.actions import list_changes, record_audit
from accounts.models import Organization
from monitors.models import Job, Retention

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.datatypes import Actor

FIELDS = ("run_days", "change_days")
#: Rows that one transaction removes: others want to write meanwhile.
CHUNK = 500
_ENDED = (Job.Status.COMPLETED, Job.Status.FAILED)


def find_retention(organization: Organization) -> Retention:
    """Return what an organization decided; without a row the defaults, not stored."""
    stored = Retention.objects.filter(organization=organization).first()
    return stored or Retention(organization=organization)


@transaction.atomic
def save_retention(retention: Retention, *, actor: Actor) -> Retention:
    """Store how long runs are kept; the next night does it.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    retention.full_clean(exclude=("organization",))
    organization = retention.organization
    before = find_retention(organization)
    Retention.objects.update_or_create(
        organization=organization,
        defaults={name: getattr(retention, name) for name in FIELDS},
    )
    changes = list_changes(
        {name: getattr(before, name) for name in FIELDS},
        {name: getattr(retention, name) for name in FIELDS},
    )
    if changes:
        record_audit(
            organization=organization,
            actor=actor,
            action="monitor.retention_updated",
            target=organization,
            changes=changes,
        )
    return find_retention(organization)


def prune_runs(*, now: datetime) -> int:
    """Remove runs that their organizations do not keep any longer.

    Kept in any case: the last completed run of each page of a monitor, and the run
    that a kept change is shown against. In small transactions; run twice, the second
    finds nothing to do.

    Returns:
        How many were removed.
    """
    return sum(
        _prune(organization, now=now)
        for organization in Organization.objects.select_related("monitor_retention")
    )


def _prune(organization: Organization, *, now: datetime) -> int:
    retention = getattr(organization, "monitor_retention", None)
    rows = _list_outdated(retention or Retention(organization=organization), now=now)
    return sum(_remove(ids) for ids in _chunk(rows))


def _list_outdated(retention: Retention, *, now: datetime) -> QuerySet[Job]:
    since = now - timedelta(days=retention.run_days)
    changed_since = now - timedelta(days=retention.change_days)
    newer = Job.objects.filter(
        schedule=OuterRef("schedule"),
        url=OuterRef("url"),
        status=Job.Status.COMPLETED,
        pk__gt=OuterRef("pk"),
    )
    shown_against = Job.objects.filter(
        previous=OuterRef("pk"), has_changes=True, completed_at__gte=changed_since
    )
    is_superseded = Q(status=Job.Status.FAILED) | Q(schedule=None) | Exists(newer)
    is_outdated = Q(has_changes=False, completed_at__lt=since) | Q(
        has_changes=True, completed_at__lt=changed_since
    )
    return Job.objects.filter(
        is_outdated,
        is_superseded,
        ~Exists(shown_against),
        organization=retention.organization,
        status__in=_ENDED,
    ).order_by("pk")


def _chunk(rows: QuerySet[Job]) -> Iterator[list[UUID]]:
    while ids := list(rows.values_list("pk", flat=True)[:CHUNK]):
        yield ids


@transaction.atomic
def _remove(ids: list[UUID]) -> int:
    Job.objects.filter(previous__in=ids).update(previous=None)
    return Job.objects.filter(pk__in=ids)._raw_delete("default")
