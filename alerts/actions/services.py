"""Services: made, edited and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.actions import list_changes, record_audit
from alerts.actions.incidents.departing import leave_incidents
from alerts.actions.lasting import forget_subject
from alerts.actions.rule_changes import leave_service
from alerts.actions.status import (
    OPERATIONAL,
    change_service_status,
    lock_services,
)
from alerts.actions.status_pages import touch_status_pages
from alerts.actions.window_runs import follow_service
from alerts.datatypes import MANUAL, StatusUpdate
from alerts.models import Service
from integrations_project.lib.ids import uuid7

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.datatypes import Actor
    from accounts.models import Organization

#: What people edit; the status changes only through `change_service_status`.
FIELDS = (
    "name",
    "description",
    "network_id",
    "group",
    "entity_type",
    "absolute_path",
    "labels",
    "uptime_target",
    "escalation_policy_id",
)


@transaction.atomic
def create_service(
    organization: Organization,
    *,
    actor: Actor,
    now: datetime,
    trace: UUID | None = None,
    **fields: Any,
) -> Service:
    """Make a service; it is operational unless ``status`` says otherwise.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    status = fields.pop("status", None) or OPERATIONAL
    message = fields.pop("message", "")
    service = Service(
        organization=organization, status_since=now, created_at=now, **fields
    )
    check_service(service)
    service.save(force_insert=True)
    record_audit(
        organization=organization,
        actor=actor,
        action="service.created",
        target=service,
        changes=list_changes({}, _values(service)),
    )
    follow_service(service, now=now, actor=actor)
    if status != OPERATIONAL:
        update = StatusUpdate(
            status=status,
            source=MANUAL,
            message=message,
            trace=trace or uuid7(),
            now=now,
        )
        change_service_status(service.pk, update, actor=actor)
        service.refresh_from_db()
    return service


@transaction.atomic
def save_service(service: Service, *, actor: Actor) -> Service:
    """Store the edited fields of a service; its status is not touched.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    check_service(service)
    before = Service.objects.filter(pk=service.pk).values(*FIELDS).first() or {}
    columns = list(FIELDS)
    if service.uptime_target is None:
        # Without a target there is no budget; with one, only its watch writes this.
        service.budget_burning_since = None
        columns.append("budget_burning_since")
    service.save(update_fields=columns)
    changes = list_changes(before, _values(service))
    if changes:
        follow_service(service, now=timezone.now(), actor=actor)
        touch_status_pages([service.pk])
        record_audit(
            organization=service.organization,
            actor=actor,
            action="service.updated",
            target=service,
            changes=changes,
        )
    return service


@transaction.atomic
def delete_service(service: Service, *, actor: Actor) -> None:
    """Remove a service with its history; incidents that named it stay.

    An open one that affects no other service is resolved, unless a person opened it.
    What rules hold about it is cancelled. A rule that watches it alone is switched
    off: without any service it would watch every one.
    """
    # Its row first, as whoever changes its status locks it.
    lock_services([service.pk])
    # While rules and pages know it still: they tell that it is over.
    leave_incidents(service, actor=actor, now=timezone.now())
    leave_service(service, actor=actor)
    reason = f"The service {service.name} was deleted while a rule held this back."
    forget_subject(("service", service.pk), reason=reason)
    record_audit(
        organization=service.organization,
        actor=actor,
        action="service.deleted",
        target=service,
    )
    touch_status_pages([service.pk])
    service.delete()


def check_service(service: Service) -> None:
    """Check everything that can be wrong, all fields together.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    service.name = str(service.name).strip()
    errors: dict[str, Any] = {}
    network = service.network
    if network is not None and network.organization_id != service.organization_id:
        errors["network"] = ["Choose a network of this organization."]
    policy = service.escalation_policy
    if policy is not None and policy.organization_id != service.organization_id:
        errors["escalation_policy"] = ["Choose a policy of this organization."]
    if not isinstance(service.labels, dict):
        errors["labels"] = ["Labels are an object: name to value."]
    try:
        service.full_clean()
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    if errors:
        raise ValidationError(errors)


def _values(service: Service) -> dict[str, Any]:
    return {name: getattr(service, name) for name in FIELDS}
