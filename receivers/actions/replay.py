"""Look at a body with today's settings: again with effect, or without any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from accounts.actions import record_audit
from alerts import actions as alerts
from integrations_project.lib.request_body import (
    BodyIncomplete,
    BodyTooLarge,
    BodyTooSlow,
    ServerBusy,
)
from receivers.actions.inbound import apply, keep_quiet, understand_request
from receivers.actions.planning import (
    PlannedItem,
    build_policy,
    build_source,
    plan_items,
)
from receivers.actions.receipts import MAX_BODY_BYTES, Case
from receivers.cache import build_spec
from receivers.datatypes import InboundRequest, ItemOutcome
from receivers.exceptions import NotReplayable
from receivers.extraction import extract_readings
from receivers.models import Receipt, Receiver

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.datatypes import Actor
    from alerts.datatypes import IncidentPolicy, Source


#: Incidents are looked up for so many items of a body.
MAX_FORESEEN = 50

#: Reasons of receipts that stand for requests whose bodies were not kept.
TURNED_AWAY = (
    "rate_limited",
    *(error.code for error in (BodyTooLarge, BodyTooSlow, BodyIncomplete, ServerBusy)),
)


def replay_receipt(receipt: Receipt, *, actor: Actor, now: datetime) -> Receipt:
    """Do what a request asked for once more, with the receiver's settings of today.

    Returns:
        The new receipt; the old one stays as it is.

    Raises:
        NotReplayable: It was not authentic, stands for others, or is not kept whole.
    """
    check_replayable(receipt)
    receiver = receipt.receiver
    request = InboundRequest(
        body=receipt.body.encode(),
        headers=receipt.headers,
        source_ip=receipt.source_ip,
        received_at=now,
    )
    record_audit(
        organization=receiver.organization,
        actor=actor,
        action="receipt.replayed",
        target=receipt,
    )
    spec = build_spec(receiver, now=now)
    case = Case(spec=spec, request=request, is_replay=True)
    apply(case)
    return Receipt.objects.get(pk=case.receipt_id)


def preview(
    receiver: Receiver, *, body: bytes, headers: Mapping[str, str], now: datetime
) -> list[ItemOutcome]:
    """Return what a body would do now; nothing is written.

    Args:
        receiver: Saved or not, with the settings to try; its signature is not asked.
        body: As a sender would post it.
        headers: Likewise.
        now: For secrets in rotation.

    Raises:
        ReceiverError: The body cannot be read; the sentence says why.
    """
    spec = build_spec(receiver, now=now)
    request = InboundRequest(
        body=body, headers=headers, source_ip=None, received_at=now
    )
    document, understood = understand_request(spec, request)
    if understood.quiet:
        return [keep_quiet(spec, understood)]
    readings = extract_readings(document, headers, understood.paths)
    plan = plan_items(spec, readings, preset_mapping=understood.mapping)
    policy, source = build_policy(spec), build_source(spec)
    return [
        item.outcome or _foresee(item, policy, source if n < MAX_FORESEEN else None)
        for n, item in enumerate(plan)
    ]


def _foresee(
    item: PlannedItem, policy: IncidentPolicy, source: Source | None
) -> ItemOutcome:
    state, status = item.state, item.status or ""
    service_id = state.service_id if state else None
    key = item.reading.key
    held = incident = ""
    if source is not None:
        incident = alerts.foresee_incident(
            service_id, source=source, key=key, status=status, policy=policy
        )
    if source is not None and service_id is not None:
        held = alerts.foresee_holder(service_id, source=source, key=key, status=status)
    created = "" if state else "The service would be created."
    return ItemOutcome(
        service=state.name if state else item.reading.service_name,
        raw_status=item.reading.raw_status,
        status=item.status,
        previous_status=state.status if state else "operational",
        result="processed",
        reason="held_by_other" if held else "",
        detail=" ".join(filter(None, (created, held, incident))),
        service_id=service_id,
        where=item.reading.where,
    )


def check_replayable(receipt: Receipt) -> None:
    """Refuse a receipt that cannot be replayed, before anything is done.

    Raises:
        NotReplayable: It was not authentic, stands for others, or is not kept whole.
    """
    if obstacle := find_replay_obstacle(receipt):
        raise NotReplayable(obstacle)


def find_replay_obstacle(receipt: Receipt) -> str:
    """Return why a receipt cannot be replayed; empty when it can."""
    if receipt.result == Receipt.Result.AUTH_FAILED:
        return "Its signature was refused, so it may not come from your sender."
    if receipt.wiped_at is not None:
        return "Its body was wiped, so there is nothing to replay."
    if receipt.reason in TURNED_AWAY:
        return "It was turned away unread, so there is nothing to replay."
    if receipt.body_size > MAX_BODY_BYTES:
        return "Only the beginning of its body is kept, so it cannot be replayed."
    if receipt.body_size != len(receipt.body.encode()):
        return "Its bytes are no text, so they are not kept as they were sent."
    return ""
