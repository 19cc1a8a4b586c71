"""The rows of a world: one of each kind, every text of it marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.actions import record_audit
from accounts.datatypes import SYSTEM
from accounts.models import ApiKey, Membership
from alerts.models import (
    AlertType,
    EscalationPolicy,
    Incident,
    IncidentEntry,
    OnCallOverride,
    OnCallRotation,
    OnCallSchedule,
    PostTemplate,
    Rule,
    Service,
    StatusPage,
    StatusPost,
    Subscriber,
    Window,
)
from integrations_project.lib.encryption import hash_token
from integrations_project.lib.ids import uuid7
from monitors.models import Job, Schedule, Strategy
from receivers.models import Receipt, Receiver
from tests import factories
from webhooks.models import Attempt, Delivery, Destination, Event, Replay

if TYPE_CHECKING:
    from tests.security.world import World


def fill_world(world: World, *, url: str) -> None:
    """Make the rows, in the order in which they need each other."""
    _add_people(world)
    _add_webhook(world, url)
    _add_service(world)
    _add_receiver(world)
    _add_rule(world)
    _add_alert_type(world)
    _add_on_call(world)
    _add_incident(world)
    _add_status_page(world)
    _add_receipt(world)
    _add_delivery(world)
    _add_monitor(world)
    _add_traces_of_people(world)


def _add_people(world: World) -> None:
    elsewhere = factories.make_network(
        organization=world.organization, label=f"Elsewhere {world.mark}"
    )
    for role in ("admin", "network_admin", "responder", "viewer"):
        membership = factories.make_membership(
            organization=world.organization,
            role=role,
            user=factories.make_user(name=f"{role} {world.mark}"),
            networks=[elsewhere] if role == "network_admin" else [],
        )
        world.people[role] = membership.user
    # Somebody else than those who click: an Admin may remove them.
    member = factories.make_membership(
        organization=world.organization,
        role="viewer",
        user=factories.make_user(name=f"Member {world.mark}"),
    )
    world.rows[Membership] = member
    world.secrets["password hash"] = member.user.password
    for scope in ("read", "write", "admin"):
        api_key, text = factories.make_api_key(
            organization=world.organization, scope=scope, name=f"Key {world.mark}"
        )
        world.api_keys[scope] = text
        world.secrets |= {f"key {scope}": text, f"hash {scope}": api_key.key_hash}
    spare, _ = factories.make_api_key(
        organization=world.organization, name=f"Spare {world.mark}"
    )
    world.rows[ApiKey] = spare


def _add_webhook(world: World, url: str) -> None:
    mark = world.mark
    secrets = {
        "secret": "whsec_c2VjcmV0LW9mLWEtd2ViaG9vay0wMDAx",
        "previous_secret": "whsec_c2VjcmV0LW9mLWEtd2ViaG9vay0wMDAy",
        "password": "password-of-a-webhook",
        "token": "token-of-a-webhook",
        "oauth2_client_secret": "client-secret-of-a-webhook",
        "client_key": "client-key-of-a-webhook",
        "service_url": "tgram://service-url-of-a-webhook",
    }
    header = "value-of-a-secret-header"
    world.rows[Destination] = factories.make_destination(
        **secrets,
        organization=world.organization,
        label=f"Webhook {mark}",
        url=url,
        networks=[world.network],
        auth_method="bearer",
        username=f"user {mark}",
        headers={"X-Api-Key": header, "X-Team": mark},
        disabled_reason=f"because {mark}",
        last_error=f"error {mark}",
    )
    world.secrets |= secrets | {"header": header}


def _add_service(world: World) -> None:
    mark = world.mark
    service = factories.make_service(
        organization=world.organization,
        name=f"Service {mark}",
        description=mark,
        network=world.network,
        group=f"group {mark}",
        entity_type=mark[:50],
        absolute_path=mark,
        labels={mark: mark},
        status_message=mark,
    )
    factories.make_status_change(
        service=service, source_label=mark, message=mark, changed_at=timezone.now()
    )
    world.rows[Service] = service


def _add_receiver(world: World) -> None:
    mark = world.mark
    receiver = factories.make_receiver(
        name=f"Receiver {mark}",
        service=world.rows[Service],
        networks=[world.network],
        hmac_secret="secret-of-a-receiver",
        previous_hmac_secret="older-secret-of-a-receiver",
        mapping={"down": [mark]},
        service_name_field=mark[:100],
    )
    world.secrets |= {
        "hmac": receiver.hmac_secret,
        "previous hmac": receiver.previous_hmac_secret,
        "receiver's token": receiver.token,
        "receiver's hash": receiver.token_hash,
    }
    world.rows[Receiver] = receiver


def _add_rule(world: World) -> None:
    mark = world.mark
    world.rows[Rule] = factories.make_rule(
        organization=world.organization,
        label=f"Rule {mark}",
        description=mark,
        targets=[world.rows[Destination]],
        networks=[world.network],
        services=[world.rows[Service]],
        company_wide=False,
    )


def _add_alert_type(world: World) -> None:
    mark = world.mark
    letters = "".join(c if c.isascii() and c.isalnum() else "_" for c in mark)
    world.rows[AlertType] = factories.make_alert_type(
        organization=world.organization,
        name=f"ALERT_{letters[:80].upper()}",
        title=f"Type {mark}"[:100],
        category=mark[:100],
        when=mark,
        fields={"data.a": {"type": "string", "description": mark}},
        example={"a": mark},
    )


def _add_on_call(world: World) -> None:
    mark = world.mark
    schedule = factories.make_schedule(
        organization=world.organization, name=f"Schedule {mark}"
    )
    rotation = factories.make_rotation(
        schedule=schedule, name=f"Rotation {mark}", people=[world.rows[Membership]]
    )
    override = factories.make_override(
        schedule=schedule,
        user=world.people["responder"],
        reason=f"Because {mark}",
        created_by=mark,
    )
    policy = factories.make_policy(
        label=f"Policy {mark}",
        description=mark,
        steps=[schedule, world.rows[Destination]],
    )
    world.secrets |= {
        "feed": schedule.feed_token,
        "feed's hash": schedule.feed_token_hash,
    }
    world.rows |= {
        OnCallSchedule: schedule,
        OnCallRotation: rotation,
        OnCallOverride: override,
        EscalationPolicy: policy,
    }


def _add_incident(world: World) -> None:
    mark = world.mark
    event = factories.make_event(
        organization=world.organization,
        data={mark: mark},
        subject_label=mark,
        network=world.network,
    )
    incident = factories.make_incident(
        services=[world.rows[Service]],
        title=f"Incident {mark}",
        labels={mark: mark},
        source_label=mark,
        acknowledged_by=mark,
        trace=event.trace,
    )
    IncidentEntry.objects.create(
        incident=incident, kind="update", message=mark, actor_label=mark
    )
    world.rows |= {Event: event, Incident: incident}


def _add_status_page(world: World) -> None:
    mark = world.mark
    secrets = {"password hash of a page": "md5$salt$hash-of-a-page"}
    page = factories.make_status_page(
        services=[world.rows[Service]],
        title=f"Page {mark}",
        description=mark,
        footer=mark,
        password=secrets["password hash of a page"],
        allowed_networks=["192.0.2.0/24"],
        public=False,
    )
    page.components.update(name=f"Shown {mark}", description=mark, group=mark)
    post = factories.make_status_post(page=page, message=mark, actor_label=mark)
    template = PostTemplate.objects.create(
        organization=world.organization,
        label=f"Template {mark}",
        title=mark,
        message=mark,
    )
    subscriber = Subscriber.objects.create(
        page=page,
        address=f"{mark.lower()}@example.com",
        key=f"key-of-a-subscriber-{mark}",
        key_hash=hash_token(f"key-of-a-subscriber-{mark}"),
        confirmed_at=timezone.now(),
    )
    secrets |= {"subscriber's key": subscriber.key}
    secrets |= {"subscriber's hash": subscriber.key_hash}
    world.rows |= {
        StatusPage: page,
        StatusPost: post,
        PostTemplate: template,
        Subscriber: subscriber,
    }
    world.secrets |= secrets
    _add_window(world)


def _add_window(world: World) -> None:
    mark = world.mark
    world.rows[Window] = factories.make_window(
        services=[world.rows[Service]],
        networks=[world.network],
        title=f"Window {mark}",
        description=mark,
        labels={mark: mark},
        created_by=mark,
    )


def _add_receipt(world: World) -> None:
    mark, receiver = world.mark, world.rows[Receiver]
    world.rows[Receipt] = factories.make_receipt(
        receiver=receiver,
        raw_status=mark,
        reason=mark[:40],
        detail=mark,
        body=f'{{"status": "{mark}"}}',
        headers={"X-Sender": mark},
        incident=world.rows[Incident],
        trace=world.rows[Event].trace,
        items=[{"service": mark, "raw_status": mark, "result": "x", "reason": mark}],
    )
    factories.make_receipt(receiver=receiver, result="ignored")


def _add_delivery(world: World) -> None:
    mark = world.mark
    delivery = factories.make_delivery(
        destination=world.rows[Destination],
        event=world.rows[Event],
        body=f'{{"a": "{mark}"}}',
        status="failed",
        reason=mark,
        last_error=mark,
    )
    attempt = factories.make_attempt(
        delivery=delivery,
        error_code="status",
        error=mark,
        error_hint=mark,
        request_headers={"X-Team": mark},
        response_headers={"X-Answer": mark},
        response_body=mark,
    )
    world.rows |= {Delivery: delivery, Attempt: attempt}


def _add_traces_of_people(world: World) -> None:
    audit = record_audit(
        organization=world.organization,
        actor=SYSTEM,
        action="webhook.updated",
        target=world.rows[Destination],
        changes={"label": [world.mark, world.mark]},
    )
    replay = factories.make_replay(
        destination=world.rows[Destination], requested_by=world.mark
    )
    world.rows |= {type(audit): audit, Replay: replay}


def _add_monitor(world: World) -> None:
    mark = world.mark
    strategy = factories.make_strategy(
        organization=world.organization,
        name=f"Strategy {mark}",
        description=mark,
        preview_data=[{"heading": mark, "level": 1, "content": mark}],
        ignored_patterns=["views"],
        ignored_fields=[mark],
        key_field=mark[:100],
    )
    secret = "secret-of-a-monitor"
    destination = factories.make_destination(
        organization=world.organization,
        label=f"Monitor {mark}",
        url="http://127.0.0.1:47999/monitor",
        managed_by="monitor",
        format="content_change",
        signature="shared_secret",
        secret=secret,
    )
    monitor = factories.make_monitor(
        strategy=strategy,
        name=f"Monitor {mark}",
        networks=[world.network],
        destination=destination,
        webhook_type="standard",
        webhook_metadata={"team": mark},
        service=world.rows[Service],
        last_error=f"Error {mark}",
    )
    before = factories.make_run(monitor=monitor, results=[{"heading": f"Old {mark}"}])
    run = factories.make_run(
        monitor=monitor,
        previous=before,
        has_changes=True,
        changed_count=1,
        batch_id=uuid7(),
        results=[{"heading": f"New {mark}", "level": 1, "content": mark}],
        notices=[f"Notice {mark}"],
    )
    world.secrets["monitor's secret"] = secret
    world.rows |= {Strategy: strategy, Schedule: monitor, Job: run}
