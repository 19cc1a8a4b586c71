"""A request to a receiver: verify, read, map, apply, and write the receipt."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, transaction

from receivers.actions import answers, proofs
from receivers.actions.applying import apply_items
from receivers.actions.freshness import find_repeated
from receivers.actions.planning import plan_items
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
from receivers.exceptions import ReceiverError, SenderRefused
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
        return answers.conclude(case, apply_items(case, plan))


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
