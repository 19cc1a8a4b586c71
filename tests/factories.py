"""Makes rows for tests: valid, unalike, and as plain as the test allows.

Every field may be given by name; what a row belongs to is made when it is not given.
Rows are stored straight away: no action runs, so no event or audit entry appears.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
import string
from datetime import date, time, timedelta
from typing import Any

from django.utils import timezone

from accounts.actions import create_api_key
from accounts.datatypes import SYSTEM
from accounts.models import ApiKey, Membership, Network, Organization, User
from alerts.models import (
    AlertType,
    EscalationPolicy,
    EscalationStep,
    Incident,
    IncidentCounter,
    IncidentService,
    OnCallMember,
    OnCallOverride,
    OnCallRotation,
    OnCallSchedule,
    Rule,
    Service,
    StatusChange,
    StatusPage,
    StatusPageComponent,
    StatusPost,
    Window,
)
from integrations_project.lib.encryption import hash_token
from integrations_project.lib.ids import uuid7
from monitors.models import Job, Strategy
from monitors.models import Schedule as Monitor
from receivers.models import Receipt, Receiver
from webhooks.models import Attempt, Delivery, Destination, Event, Payload, Replay

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


def make_organization(**fields: Any) -> Organization:
    number = next(_numbers)
    defaults = {"name": f"Organization {number}", "slug": f"organization-{number}"}
    return Organization.objects.create(**defaults | fields)


def make_network(**fields: Any) -> Network:
    _belong(fields)
    return Network.objects.create(**{"label": f"Network {next(_numbers)}"} | fields)


def make_user(*, password: str = PASSWORD, **fields: Any) -> User:
    """Make a person without any role; `make_membership` gives one."""
    email = fields.pop("email", f"person{next(_numbers)}@example.com")
    return User.objects.create_user(email, password, **fields)


def make_membership(*, networks: Any = (), **fields: Any) -> Membership:
    """Make a person's role in an organization, an Admin's by default."""
    _belong(fields)
    fields.setdefault("user", None)
    fields["user"] = fields["user"] or make_user()
    membership = Membership.objects.create(**{"role": "admin"} | fields)
    membership.networks.set(networks)
    return membership


def make_api_key(*, scope: str = "admin", **fields: Any) -> tuple[ApiKey, str]:
    """Make a key; returns it with its text."""
    _belong(fields)
    return create_api_key(
        fields.pop("organization"),
        name=fields.pop("name", "Tests"),
        scope=scope,
        actor=SYSTEM,
        **fields,
    )


def make_destination(*, networks: Any = (), **fields: Any) -> Destination:
    """Make a webhook that subscribes to everything and answers nobody."""
    _belong(fields)
    defaults = {
        "label": f"Webhook {next(_numbers)}",
        "url": "http://127.0.0.1:47999/hook",
        "event_types": ["*"],
    }
    destination = Destination.objects.create(**defaults | fields)
    destination.networks.set(networks)
    return destination


def make_event(**fields: Any) -> Event:
    _belong(fields)
    defaults = {
        "type": "incident.opened",
        "trace": uuid7(),
        "occurred_at": timezone.now(),
        "data": {},
    }
    return Event.objects.create(**defaults | fields)


def make_delivery(
    *, body: str = '{"type":"incident.opened"}', **fields: Any
) -> Delivery:
    """Make a pending delivery, due now, with its event, payload and destination."""
    destination = fields.pop("destination", None) or make_destination(
        **_of_same(fields, "event")
    )
    event = fields.pop("event", None) or make_event(
        organization=destination.organization
    )
    payload, _ = Payload.objects.get_or_create(
        event=event, format=destination.format, defaults={"body": body}
    )
    defaults = {
        "organization": destination.organization,
        "payload": payload,
        "event_type": event.type,
        "trace": event.trace,
    }
    return Delivery.objects.create(
        event=event, destination=destination, **defaults | fields
    )


def make_attempt(**fields: Any) -> Attempt:
    """Make a successful attempt."""
    delivery = fields.pop("delivery", None) or make_delivery()
    defaults = {
        "number": delivery.attempts.count() + 1,
        "started_at": timezone.now() - timedelta(seconds=1),
        "duration_ms": 12,
        "status_code": 200,
        "url": delivery.destination.url,
        "response_body": "ok",
    }
    return Attempt.objects.create(delivery=delivery, **defaults | fields)


def make_replay(**fields: Any) -> Replay:
    """Record that a replay of the last day is running; no task is queued."""
    destination = fields.pop("destination", None) or make_destination(
        **_of_same(fields)
    )
    now = timezone.now()
    defaults = {
        "organization": destination.organization,
        "statuses": ["failed", "skipped"],
        "since": now - timedelta(days=1),
        "until": now,
    }
    return Replay.objects.create(destination=destination, **defaults | fields)


def make_service(**fields: Any) -> Service:
    _belong(fields)
    return Service.objects.create(**{"name": f"Service {next(_numbers)}"} | fields)


def make_status_change(**fields: Any) -> StatusChange:
    """Record that a service went down; its own status stays as it is."""
    service = fields.pop("service", None) or make_service()
    defaults = {
        "organization": service.organization,
        "previous_status": "operational",
        "status": "down",
        "source_kind": "manual",
        "source_label": "Manual",
        "trace": uuid7(),
        "changed_at": timezone.now(),
    }
    return StatusChange.objects.create(service=service, **defaults | fields)


def make_incident(*, services: Any = (), **fields: Any) -> Incident:
    """Make an open incident, opened by hand, that affects these services."""
    if services:
        fields.setdefault("organization", services[0].organization)
    _belong(fields)
    counter, _ = IncidentCounter.objects.get_or_create(
        organization=fields["organization"]
    )
    counter.last_number += 1
    counter.save()
    defaults = {
        "number": counter.last_number,
        "title": f"Incident {next(_numbers)}",
        "trace": uuid7(),
    }
    incident = Incident.objects.create(**defaults | fields)
    for service in services:
        IncidentService.objects.create(
            incident=incident,
            service=service,
            source_kind=incident.source_kind,
            source_id=incident.source_id,
            resolved_at=incident.resolved_at,
        )
    return incident


def make_rule(
    *, targets: Any = (), networks: Any = (), services: Any = (), **fields: Any
) -> Rule:
    """Make a company-wide rule for every event."""
    if targets:
        fields.setdefault("organization", targets[0].organization)
    _belong(fields)
    excluded = fields.pop("excluded_networks", ())
    defaults = {"label": f"Rule {next(_numbers)}", "event_types": ["*"]}
    rule = Rule.objects.create(**defaults | fields)
    rule.targets.set(targets)
    rule.networks.set(networks)
    rule.excluded_networks.set(excluded)
    rule.services.set(services)
    return rule


def make_schedule(**fields: Any) -> OnCallSchedule:
    """Make an on-call schedule without rotations: nobody is on call."""
    _belong(fields)
    number = next(_numbers)
    schedule = OnCallSchedule(**{"name": f"Schedule {number}"} | fields)
    schedule.feed_token = secrets.token_urlsafe(32)
    schedule.feed_token_hash = hash_token(schedule.feed_token)
    schedule.save()
    return schedule


def make_rotation(*, people: Any = (), **fields: Any) -> OnCallRotation:
    """Make a rotation, a person's for good by default; people are memberships."""
    schedule = fields.pop("schedule", None) or make_schedule(**_of_same(fields))
    fields.pop("organization", None)
    people = people or [make_membership(organization=schedule.organization)]
    defaults = {
        "name": f"Rotation {next(_numbers)}",
        "position": schedule.rotations.count(),
        "kind": "daily",
        "shift_days": 1,
        "starts_on": date(2026, 1, 1),
        "handover_time": time(9),
    }
    rotation = OnCallRotation.objects.create(schedule=schedule, **defaults | fields)
    for position, membership in enumerate(people):
        OnCallMember.objects.create(
            rotation=rotation, user=membership.user, position=position
        )
    return rotation


def make_override(**fields: Any) -> OnCallOverride:
    """Make an override of the next day, by a member of the organization."""
    schedule = fields.pop("schedule", None) or make_schedule()
    if "user" not in fields:
        member = make_membership(organization=schedule.organization)
        fields["user"] = member.user
    now = timezone.now()
    defaults = {"starts_at": now, "ends_at": now + timedelta(days=1)}
    return OnCallOverride.objects.create(schedule=schedule, **defaults | fields)


def make_alert_type(**fields: Any) -> AlertType:
    _belong(fields)
    number = next(_numbers)
    defaults = {"name": f"ALERT_TYPE_{number}", "title": f"Type {number}"}
    return AlertType.objects.create(**defaults | fields)


def make_policy(*, steps: Any = (), **fields: Any) -> EscalationPolicy:
    """Make a policy; steps are destinations or schedules, five minutes apart."""
    if steps:
        fields.setdefault("organization", steps[0].organization)
    _belong(fields)
    defaults = {"label": f"Policy {next(_numbers)}"}
    policy = EscalationPolicy.objects.create(**defaults | fields)
    for position, target in enumerate(steps):
        name = "schedule" if isinstance(target, OnCallSchedule) else "destination"
        EscalationStep.objects.create(
            policy=policy, position=position, wait_minutes=5, **{name: target}
        )
    return policy


def make_status_page(*, services: Any = (), **fields: Any) -> StatusPage:
    """Make a public page that shows these services, in their order."""
    if services:
        fields.setdefault("organization", services[0].organization)
    _belong(fields)
    number = next(_numbers)
    defaults = {"slug": f"page-{number}", "title": f"Page {number}"}
    page = StatusPage.objects.create(**defaults | fields)
    for position, service in enumerate(services):
        StatusPageComponent.objects.create(
            page=page, service=service, position=position
        )
    return page


def make_status_post(**fields: Any) -> StatusPost:
    """Make a post by a person; it marks no page as changed."""
    page = fields.pop("page", None) or make_status_page()
    defaults = {"title": f"Post {next(_numbers)}", "actor_label": "Person"}
    return StatusPost.objects.create(page=page, **defaults | fields)


def make_window(*, services: Any = (), networks: Any = (), **fields: Any) -> Window:
    """Make a maintenance window of one hour that begins in an hour."""
    if services:
        fields.setdefault("organization", services[0].organization)
    _belong(fields)
    begin = fields.pop("starts_at", timezone.now() + timedelta(hours=1))
    defaults = {
        "title": f"Window {next(_numbers)}",
        "starts_at": begin,
        "ends_at": begin + timedelta(hours=1),
    }
    window = Window.objects.create(**defaults | fields)
    window.services.set(services)
    window.networks.set(networks)
    return window


def make_receiver(*, networks: Any = (), **fields: Any) -> Receiver:
    """Make a receiver for a service of its own; `token` is in its URL."""
    service = fields.pop("service", None)
    if service is None and not fields.get("service_name_field"):
        service = make_service(**_of_same(fields))
    if service is not None:
        fields.setdefault("organization", service.organization)
    _belong(fields)
    letters = string.ascii_letters + string.digits
    token = fields.pop("token", "".join(secrets.choice(letters) for _ in range(64)))
    receiver = Receiver.objects.create(
        service=service,
        token=token,
        token_hash=hashlib.sha256(token.encode()).hexdigest(),
        **{"name": f"Receiver {next(_numbers)}"} | fields,
    )
    receiver.networks.set(networks)
    return receiver


def make_receipt(**fields: Any) -> Receipt:
    """Record a request that was processed; nothing else changes."""
    receiver = fields.pop("receiver", None) or make_receiver()
    defaults = {
        "organization": receiver.organization,
        "received_at": timezone.now(),
        "source_ip": "127.0.0.1",
        "result": "processed",
        "raw_status": "down",
        "status": "down",
        "service": receiver.service,
        "body": '{"status": "down"}',
        "trace": uuid7(),
    }
    return Receipt.objects.create(receiver=receiver, **defaults | fields)


def make_strategy(**fields: Any) -> Strategy:
    """Make a strategy that reads a page section by section."""
    _belong(fields)
    defaults = {"name": f"Strategy {next(_numbers)}", "url": "http://127.0.0.1:47999/"}
    return Strategy.objects.create(**defaults | fields)


def make_monitor(*, networks: Any = (), **fields: Any) -> Monitor:
    """Make a schedule of `monitors`: one page every hour, next in an hour."""
    strategy = fields.pop("strategy", None) or make_strategy(**_of_same(fields))
    defaults = {
        "organization": strategy.organization,
        "name": f"Monitor {next(_numbers)}",
        "urls": ["http://127.0.0.1:47999/"],
        "next_run_at": timezone.now() + timedelta(hours=1),
    }
    if not fields.get("cron_expression"):
        defaults["interval_seconds"] = 3600
    monitor = Monitor.objects.create(strategy=strategy, **defaults | fields)
    monitor.networks.set(networks)
    return monitor


def make_run(**fields: Any) -> Job:
    """Make a completed run of a monitor, that found one section and no change."""
    monitor = fields.pop("monitor", None)
    strategy = fields.pop("strategy", None)
    if strategy is None:
        monitor = monitor or make_monitor(**_of_same(fields))
        strategy = monitor.strategy
    now = timezone.now()
    results = fields.setdefault(
        "results", [{"heading": "Prices", "level": 1, "content": "Basic: 5 €"}]
    )
    defaults = {
        "organization": strategy.organization,
        "url": monitor.urls[0] if monitor else strategy.url,
        "status": "completed",
        "started_at": now,
        "completed_at": now,
        "duration_ms": 120,
        "status_code": 200,
        "item_count": len(results),
        "content_hash": hashlib.sha256(repr(results).encode()).hexdigest(),
    }
    return Job.objects.create(strategy=strategy, schedule=monitor, **defaults | fields)


def _belong(fields: dict[str, Any]) -> None:
    """Give a row an organization when the test does not care which."""
    if fields.get("organization") is None:
        fields["organization"] = make_organization()


def _of_same(fields: dict[str, Any], *sources: str) -> dict[str, Any]:
    """Return the organization that is known from the fields or from a row in them."""
    if "organization" in fields:
        return {"organization": fields["organization"]}
    for name in sources:
        if fields.get(name) is not None:
            return {"organization": fields[name].organization}
    return {}
