"""Verify: send a sample to a destination at once and show what came back."""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from accounts.actions import record_audit
from accounts.datatypes import Actor
from accounts.models import ApiKey, AuditEntry, User
from integrations_project.lib.ids import uuid7
from integrations_project.lib.redaction import redact_headers
from webhooks.actions.known_alerts import fill_sample, list_known_alerts
from webhooks.actions.publishing import build_snapshot
from webhooks.actions.secrets import clear_foreign_secrets
from webhooks.datatypes import TEST_EVENT_TYPE, EventSnapshot, VerifyResult
from webhooks.engine.concealing import conceal_outcome
from webhooks.engine.couriers import send_now
from webhooks.engine.mail_failures import find_left_out
from webhooks.engine.messages import HttpOutcome, HttpRequest
from webhooks.engine.wire import (
    Recipient,
    build_recipient,
    build_request,
    clean_text,
    describe_headers,
)
from webhooks.exceptions import VerifyLimitReached
from webhooks.formats import get_format, render
from webhooks.kinds import settle_kind
from webhooks.models import Destination, Event

LIMIT_COUNT = 10
LIMIT_PERIOD = timedelta(minutes=1)
#: Tells a receiver of ours that nothing has happened, whatever the sample says.
TEST_HEADER = ("X-Signalpost-Test", "1")
AUDIT_ACTION = "webhook.verified"


def verify_destination(
    destination: Destination,
    *,
    actor: Actor,
    now: datetime,
    entered_secrets: Collection[str] = (),
    event: Event | None = None,
) -> VerifyResult:
    """Send a sample of the destination's format and wait for the answer.

    Uses the same transport and headers as a delivery. Works on an instance that is
    not saved or has changed fields: what is on it is what is used, except that a
    stored secret is not sent to a host that it was not given for. Counts neither
    for health nor for retries and writes no delivery, only an audit entry.

    Args:
        destination: What to try.
        actor: Who tries it.
        now: The time of the request.
        entered_secrets: Fields that were typed now, as for `save_destination`.
        event: A stored one to send in place of the sample, under an id of its own.

    Raises:
        ValidationError: The destination could not be saved like this.
        VerifyLimitReached: More than 10 in a minute by this person or key.
        UnsupportedEvent: The format cannot carry the event.
    """
    stored = Destination.objects.filter(pk=destination.pk).first()
    tried = copy.copy(destination)
    settle_kind(tried)
    if stored is not None:
        clear_foreign_secrets(tried, stored=stored, entered_secrets=entered_secrets)
    tried.full_clean(validate_unique=False, validate_constraints=False)
    _count(destination, actor=actor, now=now)

    snapshot = _build_snapshot(tried, event, now=now)
    recipient = build_recipient(tried)
    body = render(tried.format, snapshot, template=tried.template)
    request = _build_request(recipient, snapshot, body=body)
    outcome = send_now(request)
    outcome = conceal_outcome(outcome, recipient.clear_texts)
    return _build_result(recipient, request, outcome)


def _build_snapshot(
    tried: Destination, event: Event | None, *, now: datetime
) -> EventSnapshot:
    if event is None:
        sample = _build_sample(tried)
        return dataclasses.replace(
            sample, id=str(uuid7()), trace=str(uuid7()), occurred_at=now
        )
    label = event.network.label if event.network else ""
    snapshot = build_snapshot(event, network_name=label)
    return dataclasses.replace(snapshot, id=str(uuid7()))


def _build_sample(tried: Destination) -> EventSnapshot:
    """Return a plain test or, where only alerts are carried, one that it is told."""
    chosen = get_format(tried.format)
    if chosen.carries(TEST_EVENT_TYPE):
        return chosen.sample(TEST_EVENT_TYPE)
    types = tried.event_types if isinstance(tried.event_types, list) else []
    wanted = (t for t in types if t.startswith("alert.") and not t.endswith("*"))
    event_type = next((t for t in wanted if chosen.carries(t)), TEST_EVENT_TYPE)
    return fill_sample(chosen.sample(event_type), list_known_alerts(tried.organization))


def _count(destination: Destination, *, actor: Actor, now: datetime) -> None:
    # Audit entries are the counter, so that it holds over all web processes. The
    # row of the person is locked, so that two at once cannot both be the tenth.
    with transaction.atomic():
        if actor.user is not None:
            User.objects.select_for_update().get(pk=actor.user.pk)
        elif actor.api_key is not None:
            ApiKey.objects.select_for_update().get(pk=actor.api_key.pk)
        recent = AuditEntry.objects.filter(
            organization=destination.organization_id,
            action=AUDIT_ACTION,
            user=actor.user,
            api_key=actor.api_key,
            actor_label=actor.label[:200],
            created_at__gt=now - LIMIT_PERIOD,
        )
        if recent.count() >= LIMIT_COUNT:
            raise VerifyLimitReached
        record_audit(
            organization=destination.organization,
            actor=actor,
            action=AUDIT_ACTION,
            target=destination,
        )


def _build_request(
    recipient: Recipient, snapshot: EventSnapshot, *, body: str
) -> HttpRequest:
    request = build_request(
        recipient,
        key=snapshot.id,
        message_id=snapshot.id,
        body=body.encode(),
        timestamp=int(time.time()),
    )
    return request._replace(headers=[*request.headers, TEST_HEADER])


def _build_result(
    recipient: Recipient, request: HttpRequest, outcome: HttpOutcome
) -> VerifyResult:
    error = outcome.error or find_left_out(outcome)
    return VerifyResult(
        delivered=error is None,
        status_code=outcome.status_code,
        duration_ms=outcome.duration_ms,
        timings=outcome.timings.as_dict(),
        request_url=recipient.shown_url,
        request_headers=describe_headers(recipient, request),
        request_body=request.body.decode(),
        response_headers=redact_headers(outcome.response_headers),
        response_body=clean_text(outcome.response_body.decode("utf-8", "replace")),
        error_code=error.code if error else "",
        error_detail=error.detail if error else "",
        error_hint=error.hint if error else "",
    )
