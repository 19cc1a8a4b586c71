"""Tell the Admins that a receiver turns requests away; at most every 15 minutes."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.template.loader import render_to_string

from accounts.actions import list_admin_addresses
from integrations_project.lib.ids import first_id_at
from integrations_project.lib.queue import queue_task, try_later
from receivers.datatypes import Overload
from receivers.models import Receipt, Receiver

logger = logging.getLogger(__name__)

TASK = "receivers.tasks.send_overload_notice"
REASON = "rate_limited"
TELL_EVERY = timedelta(minutes=15)
#: A mail server that is away is asked again; later the next notice says more.
WAITS = (timedelta(minutes=1), timedelta(minutes=5))
#: A receipt's id may be this much younger or older than its time.
_CLOCKS = timedelta(minutes=1)


def tell_of_overload(*, now: datetime) -> int:
    """Queue a notice for each receiver that turned requests away lately.

    Run by several processes at once, one of them tells it: the claim is a conditional
    update, in one transaction with the queue's row.

    Returns:
        How many notices were queued.
    """
    since = now - TELL_EVERY
    ids = _select(since, until=now).order_by().values_list("receiver", flat=True)
    return sum(_claim(receiver_id, now=now) for receiver_id in ids.distinct())


@transaction.atomic
def _claim(receiver_id: UUID, *, now: datetime) -> bool:
    is_due = Q(rate_notified_at=None) | Q(rate_notified_at__lte=now - TELL_EVERY)
    rows = Receiver.objects.filter(is_due, pk=receiver_id)
    if not rows.update(rate_notified_at=now):
        return False
    queue_task(TASK, str(receiver_id), now.isoformat())
    return True


def find_overload(
    receiver: Receiver, *, now: datetime, span: timedelta = timedelta(hours=1)
) -> Overload | None:
    """Return how many requests a receiver turned away lately; None for none.

    Args:
        receiver: Whose requests.
        now: The end of what is looked at.
        span: Its length.
    """
    rows = _select(now - span, until=now).filter(receiver=receiver)
    newest = rows.order_by("-id").only("received_at", "detail").first()
    if newest is None:
        return None
    count = rows.aggregate(total=Sum("count"))["total"]
    # The second sentence says when to come again, which is for the sender.
    limit = newest.detail.partition(". ")[0].rstrip(".") + "."
    return Overload(count=count, limit=limit, last_at=newest.received_at)


def _select(since: datetime, *, until: datetime) -> QuerySet[Receipt]:
    return Receipt.objects.filter(
        reason=REASON,
        id__gte=first_id_at(since - _CLOCKS),
        received_at__gt=since,
        received_at__lte=until,
    )


def send_overload_notice(
    receiver_id: UUID | str,
    *,
    told_at: datetime,
    failure_count: int = 0,
    now: datetime,
) -> bool:
    """Send one mail to the Admins of the organization.

    Args:
        receiver_id: Of the receiver; nothing is sent when it is gone.
        told_at: When it was found; the 15 minutes before are told.
        failure_count: How often the mail server has refused it already.
        now: The time from which the next try is counted.

    Returns:
        Whether a mail was sent.
    """
    rows = Receiver.objects.select_related("organization").defer("token")
    receiver = rows.filter(pk=receiver_id).first()
    if receiver is None:
        return False
    overload = find_overload(receiver, now=told_at, span=TELL_EVERY)
    addresses = list_admin_addresses(receiver.organization)
    if overload is None or not addresses:
        return False
    try:
        _build_mail(receiver, overload, addresses).send()
    except OSError as error:
        logger.warning("notice not sent receiver=%s error=%s", receiver.pk, error)
        _try_later(receiver, told_at, failure_count, now=now)
        return False
    return True


def _build_mail(
    receiver: Receiver, overload: Overload, addresses: list[str]
) -> EmailMultiAlternatives:
    context = {
        "receiver": receiver,
        "overload": overload,
        "minutes": int(TELL_EVERY.total_seconds() // 60),
        "organization_name": receiver.organization.name,
        "link": settings.SITE_URL + receiver.get_absolute_url(),
        "site_url": settings.SITE_URL,
    }
    return EmailMultiAlternatives(
        subject=f"The receiver {receiver.name} turns requests away",
        body=render_to_string("receivers/mail/overload.txt", context),
        to=addresses,
    )


def _try_later(
    receiver: Receiver, told_at: datetime, failure_count: int, *, now: datetime
) -> None:
    is_tried = try_later(
        TASK,
        str(receiver.pk),
        told_at.isoformat(),
        failure_count=failure_count,
        waits=WAITS,
        name=f"overload notice {receiver.pk}",
        now=now,
    )
    if not is_tried:
        logger.error("notice given up receiver=%s", receiver.pk)
