"""Fetch what proves a message of Amazon SNS, and do what the message asks for."""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule
from django_q.tasks import schedule

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.http import Terms, fetch
from integrations_project.lib.json_types import parse_strict_json
from integrations_project.lib.net_policy import NetPolicy
from receivers.actions.inbound import apply
from receivers.actions.proofs import CLUSTER, TASK, VERIFYING, ask_for_proof
from receivers.actions.receipts import Case
from receivers.cache import build_spec
from receivers.datatypes import InboundRequest
from receivers.models import Receipt, SigningCertificate
from receivers.sns import CONFIRMATION, find_certificate_url, fits, is_amazons

if TYPE_CHECKING:
    from datetime import datetime

    from integrations_project.lib.json_types import JSONObject

logger = logging.getLogger(__name__)

#: Waits before the certificate is asked for again.
RETRY_SECONDS = (5, 60, 600, 3600)
OK = 200

#: Its task is lost, or the queue is so long that another one does no harm.
LOST_AFTER = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(days=1)
#: So many are queued again in one sweep; the next one takes the rest.
MAX_SWEPT = 100


def verify_receipt(
    receipt_id: str, *, tries: int = 0, terms: Terms | None = None
) -> None:
    """Fetch what proves a receipt's message, and do what the message asks for.

    Args:
        receipt_id: Of a receipt that is being verified; another is left alone.
        tries: How often it failed before.
        terms: Of the fetch; the default is what the installation uses.
    """
    receipt = Receipt.objects.filter(pk=receipt_id, reason=VERIFYING).first()
    if receipt is None:
        return
    try:
        message = parse_strict_json(receipt.body.encode())
        assert isinstance(message, dict)  # or it would not be verified
        is_genuine = _check(message, terms or Terms())
        if is_genuine and message.get("Type") == CONFIRMATION:
            _subscribe(message, terms or Terms())
    except ProjectError as error:
        _try_later(receipt, error, tries=tries)
        return
    if not is_genuine:
        _refuse(receipt)
        return
    settle(receipt, now=timezone.now())


def _check(message: JSONObject, terms: Terms) -> bool:
    url = find_certificate_url(message)
    if not is_amazons(url, suffix=".pem"):
        return False
    stored = SigningCertificate.objects.filter(url=url).first()
    if stored is None:
        answer = fetch("GET", url, policy=_policy(), terms=terms)
        if answer.status_code != OK or answer.is_truncated:
            raise ProjectError(f"{url} answered {answer.status_code}.")
        pem = answer.body.decode(errors="replace")
        stored, _ = SigningCertificate.objects.get_or_create(
            url=url, defaults={"pem": pem}
        )
    return fits(message, stored.pem, now=timezone.now())


def _subscribe(message: JSONObject, terms: Terms) -> None:
    url = message.get("SubscribeURL")
    if not is_amazons(url):
        raise ProjectError("The SubscribeURL is no address of Amazon SNS.")
    answer = fetch("GET", str(url), policy=_policy(), terms=terms)
    if answer.status_code != OK:
        raise ProjectError(f"Amazon answered {answer.status_code} to the confirmation.")


def _try_later(receipt: Receipt, error: ProjectError, *, tries: int) -> None:
    logger.warning("sns unverified receipt=%s error=%s", receipt.pk, error.message)
    if tries >= len(RETRY_SECONDS):
        detail = f"It could not be verified: {error.message}"
        Receipt.objects.filter(pk=receipt.pk, reason=VERIFYING).update(
            result=Receipt.Result.FAILED, reason="unverified", detail=detail[:1000]
        )
        return
    key = str(receipt.pk)
    # One chain of tries a receipt, also when it was queued twice.
    Schedule.objects.filter(func=TASK, name=key).delete()
    next_run = timezone.now() + timedelta(seconds=RETRY_SECONDS[tries])
    schedule(TASK, key, tries + 1, name=key, next_run=next_run, cluster=CLUSTER)


def sweep_verifying(*, now: datetime) -> int:
    """Queue receipts again whose task was lost; give up on them after a day.

    What is planned for a later try is left alone. Run twice at the same time, a
    receipt may be queued twice; the second task finds it settled.

    Returns:
        How many were queued again.
    """
    waiting = Receipt.objects.filter(reason=VERIFYING)
    waiting.filter(received_at__lte=now - GIVE_UP_AFTER).update(
        result=Receipt.Result.FAILED,
        reason="unverified",
        detail=(
            "It could not be verified within a day, because no worker took it. "
            "See that a worker runs, and have Amazon send it again."
        ),
    )
    planned = set(Schedule.objects.filter(func=TASK).values_list("name", flat=True))
    lost = waiting.filter(received_at__lte=now - LOST_AFTER).order_by("received_at")
    keys = (str(key) for key in lost.values_list("pk", flat=True).iterator())
    chosen = list(islice((key for key in keys if key not in planned), MAX_SWEPT))
    for key in chosen:
        ask_for_proof(key)
    return len(chosen)


def _refuse(receipt: Receipt) -> None:
    Receipt.objects.filter(pk=receipt.pk, reason=VERIFYING).update(
        result=Receipt.Result.AUTH_FAILED,
        reason="signature_wrong",
        detail="The signature does not fit the message or Amazon's certificate.",
    )


def _policy() -> NetPolicy:
    networks = settings.DELIVERY_ALLOWED_NETWORKS
    return NetPolicy(allow_http=False, allowed_networks=networks)


def settle(receipt: Receipt, *, now: datetime) -> None:
    """Do what a request asked for, now that it is proven; its receipt moves on."""
    with transaction.atomic():
        locked = (
            Receipt.objects.select_for_update(of=("self",))
            .select_related("receiver")
            .filter(pk=receipt.pk, reason=VERIFYING)
            .first()
        )
        if locked is None:
            return  # another worker was first
        request = InboundRequest(
            body=locked.body.encode(),
            headers=locked.headers,
            source_ip=locked.source_ip,
            received_at=locked.received_at,
        )
        spec = build_spec(locked.receiver, now=now)
        case = Case(
            spec=spec,
            request=request,
            receipt_id=locked.pk,
            trace=locked.trace,
            is_settling=True,
        )
        apply(case)
