"""A request to a receiver: verify, read, map, apply, and write the receipt."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from accounts.datatypes import Actor
from accounts.models import Network, Organization
from alerts import actions as alerts
from alerts.datatypes import ServiceState, StatusOutcome, StatusUpdate
from receivers.actions import answers, proofs
from receivers.actions.freshness import (
    Times,
    find_repeated,
    list_times,
    note_times,
)
from receivers.actions.planning import (
    PlannedItem,
    build_failure,
    build_policy,
    build_source,
    ignore_stale,
    is_stale,
    plan_items,
)
from receivers.actions.receipts import Case, add_count, write_counts
from receivers.actions.silence import end_silence
from receivers.admission import check_sender
from receivers.datatypes import (
    Answer,
    InboundRequest,
    ItemOutcome,
    ReceiverSpec,
)
from receivers.encodings import decode_content
from receivers.exceptions import ReceiverError, SenderRefused, ServiceUnknown
from receivers.extraction import extract_readings, read_body
from receivers.limits import TurnedAway
from receivers.understanding import Understood, find_signing, understand
from receivers.verification import SignedRequest, verify_request

if TYPE_CHECKING:
    from integrations_project.lib.json_types import JSONValue

turned_away = TurnedAway()


def receive(spec: ReceiverSpec, request: InboundRequest) -> Answer:
    """Take a request to a known receiver and return the answer.

    Everything that it changes is committed with its receipt in one transaction, or
    nothing is. A request that changes nothing takes two statements.

    Raises:
        ServiceGone, IntegrityError: A row was deleted under us; nothing was written.
        BodyTooLarge: It is, once it is decoded; nothing was written.
    """
    _write_rest()
    case = Case(spec=spec, request=request)
    try:
        check_sender(spec, request)
    except SenderRefused as error:
        return answers.refuse(case, error.error_code, error.message)
    signing = find_signing(spec, request.headers)
    verification = verify_request(
        SignedRequest(
            body=request.body,
            headers=request.headers,
            header_name=signing.header,
            secrets=spec.hmac_secrets,
            received_at=request.received_at,
        ),
        scheme=signing.scheme,
    )
    if not verification.is_authentic:
        return answers.refuse(case, verification.code, verification.message)
    if case.request.headers.get("Content-Encoding"):
        try:
            case = _decode(case)
        except ReceiverError as error:
            return answers.fail(case, error.error_code, error.message)
    return apply(case)


def _decode(case: Case) -> Case:
    body = decode_content(
        case.request.body,
        case.request.headers["Content-Encoding"],
        max_bytes=settings.RECEIVER_MAX_BODY_BYTES,
    )
    return replace(case, request=replace(case.request, body=body))


def apply(case: Case) -> Answer:
    """Do what an authentic request asks for, and write its receipt."""
    if not case.spec.enabled:
        return _answer_paused(case)
    if case.spec.is_silent:
        end_silence(case.spec.id, now=case.request.received_at)
    try:
        document, understood = understand_request(case.spec, case.request)
        case = case.as_understood(understood)
        early = _answer_early(case, document, understood)
        if early is not None:
            return early
        if understood.quiet:
            return answers.conclude(case, [keep_quiet(case.spec, understood)])
        readings = extract_readings(document, case.request.headers, understood.paths)
    except ReceiverError as error:
        return answers.fail(case, error.error_code, error.message)

    plan = plan_items(case.spec, readings, preset_mapping=understood.mapping)
    items = [item.outcome for item in plan if item.outcome is not None]
    if len(items) == len(plan):
        return answers.conclude(case, items)
    with transaction.atomic():
        return answers.conclude(case, _apply_plan(case, plan))


def _answer_early(
    case: Case, document: JSONValue, understood: Understood
) -> Answer | None:
    """Answer what was taken before, and what is not proven; None for the others."""
    if case.is_settling:
        return None
    repeated = find_repeated(case.spec, case.delivery_id)
    if repeated is not None:
        # The first one's id stays with the first one's receipt.
        return answers.conclude(replace(case, delivery_id=""), repeated)
    if not understood.needs_proof or case.is_replay:
        return None
    proof = proofs.judge(document, now=case.request.received_at)
    if proof == "refused":
        detail = "The signature in the body does not fit it, or is not Amazon's."
        return answers.refuse(case, "signature_wrong", detail)
    if proof == "pending":
        proofs.ask_for_proof(case.receipt_id)
        item = answers.say(
            case.spec, proofs.VERIFYING, "It is being verified; look again soon."
        )
        return answers.conclude(case, [item])
    return None


def understand_request(
    spec: ReceiverSpec, request: InboundRequest
) -> tuple[JSONValue, Understood]:
    """Return a request's body, and how it is to be read.

    Raises:
        ReceiverError: It cannot be read; the sentence says what to send.
    """
    content_type = request.headers.get("Content-Type", "")
    document = read_body(request.body, content_type)
    return document, understand(spec, document, request.headers)


def turn_away(
    spec: ReceiverSpec, request: InboundRequest, *, code: str, detail: str
) -> None:
    """Count a request that came too often or was too long; it leaves no own receipt."""
    counts = turned_away.add(spec.id, code, clock=time.monotonic())
    if counts:
        case = Case(spec=spec, request=request)
        write_counts(case, counts, reason=code, detail=detail)


def _write_rest() -> None:
    for count in turned_away.take_rest(clock=time.monotonic()):
        try:
            add_count(count)
        except DatabaseError:
            # The count is lost; the request that is being served says so better.
            return


def _answer_paused(case: Case) -> Answer:
    detail = "This receiver is paused: it keeps what comes and changes nothing."
    return answers.conclude(case, [answers.say(case.spec, "paused", detail)])


def keep_quiet(spec: ReceiverSpec, understood: Understood) -> ItemOutcome:
    """Return the outcome of a body that is a test, or about no service."""
    return answers.say(spec, understood.quiet or "", understood.sentence)


def _apply_plan(case: Case, plan: Sequence[PlannedItem]) -> list[ItemOutcome]:
    """Do what items ask for, all at once; one follows the other in their order."""
    service_ids = {item.state.service_id for item in plan if item.state is not None}
    has_times = any(item.reading.occurred_at for item in plan)
    times: Times = {}
    if has_times or any(item.state is None for item in plan):
        alerts.lock_services(service_ids)
    if has_times:
        # Again, now that nobody else can bring newer news.
        times = list_times(case.spec, service_ids)
    made: dict[str, UUID | ReceiverError] = {}
    outcomes = [item.outcome or _prepare(case, item, made, times) for item in plan]
    news = [each for each in outcomes if isinstance(each, _News)]
    note_times(case.spec, [(each.service_id, each.item.reading) for each in news])
    updates = [(each.service_id, _build_update(case, each.item)) for each in news]
    done = iter(alerts.change_statuses(updates, actor=_actor(case)))
    return [
        _build_outcome(each, next(done)) if isinstance(each, _News) else each
        for each in outcomes
    ]


class _News(NamedTuple):
    """An item that is to change its service, if that does not say the same."""

    item: PlannedItem
    service_id: UUID
    name: str


def _prepare(
    case: Case,
    item: PlannedItem,
    made: dict[str, UUID | ReceiverError],
    times: Times,
) -> _News | ItemOutcome:
    """Return what an item asks for; its service is made if it must be."""
    reading, state = item.reading, item.state
    name = state.name if state else reading.service_name or ""
    service = state.service_id if state else made.get(name.lower())
    if service is None:
        service = made[name.lower()] = _create_service(case, name)
        if isinstance(service, UUID) and reading.occurred_at is not None:
            # Somebody else may have made it meanwhile, and brought newer news. The
            # service's row before the times of its news, as everybody locks them.
            alerts.lock_services({service})
            times.update(list_times(case.spec, {service}))
    if isinstance(service, ReceiverError):
        return build_failure(reading, service, service=name)
    known_at = times.get((service, reading.key))
    if is_stale(reading, known_at):
        return ignore_stale(item, known_at)
    if reading.occurred_at is not None:
        times[service, reading.key] = reading.occurred_at
    return _News(item, service, name)


def _build_update(case: Case, item: PlannedItem) -> StatusUpdate:
    assert item.status is not None  # an unmapped item has its outcome already
    reading = item.reading
    return StatusUpdate(
        status=item.status,
        source=build_source(case.spec),
        message=reading.message,
        key=reading.key,
        group=reading.group,
        incidents=build_policy(case.spec),
        receipt_id=case.receipt_id,
        trace=case.trace,
        now=case.request.received_at,
    )


def _build_outcome(news: _News, outcome: StatusOutcome) -> ItemOutcome:
    item = news.item
    is_news = outcome.changed or outcome.source_changed
    reason = "" if outcome.changed else "held_by_other" if is_news else "no_change"
    return ItemOutcome(
        service=news.name,
        raw_status=item.reading.raw_status,
        status=item.status,
        previous_status=outcome.previous_status,
        result="processed" if is_news else "ignored",
        reason=reason,
        incident=str(outcome.incident.pk) if outcome.incident else None,
        detail=outcome.reason,
        service_id=news.service_id,
        where=item.reading.where,
    )


def _create_service(case: Case, name: str) -> UUID | ReceiverError:
    spec = case.spec
    networks = Network.objects.filter(pk__in=spec.network_ids).order_by("label")
    try:
        with transaction.atomic():
            return alerts.create_service(
                Organization.objects.get(pk=spec.organization_id),
                actor=_actor(case),
                now=case.request.received_at,
                trace=case.trace,
                name=name,
                network=networks.first() if spec.network_ids else None,
            ).pk
    except (IntegrityError, ValidationError) as error:
        # Somebody else made it meanwhile, or it is in a network that is not ours.
        state = _find_by_name(spec, name)
        if state is not None:
            return state.service_id
        sentences = " ".join(getattr(error, "messages", []))
        return ServiceUnknown(f"The service could not be created. {sentences}".strip())


def _find_by_name(spec: ReceiverSpec, name: str) -> ServiceState | None:
    states = alerts.list_service_states(
        spec.organization_id,
        source=build_source(spec),
        keys={""},
        names={name},
        network_ids=spec.network_ids,
    )
    return states[0] if states else None


def _actor(case: Case) -> Actor:
    return Actor(label=case.spec.name, ip_address=case.request.source_ip)
