"""Fetch what proves a message of Amazon SNS, and do what the message asks for."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.tasks import schedule

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.http import Terms, fetch
from integrations_project.lib.json_types import parse_strict_json
from integrations_project.lib.net_policy import NetPolicy
from receivers.actions.inbound import apply
from receivers.actions.proofs import CLUSTER, TASK, VERIFYING
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
    next_run = timezone.now() + timedelta(seconds=RETRY_SECONDS[tries])
    schedule(TASK, str(receipt.pk), tries + 1, next_run=next_run, cluster=CLUSTER)


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
