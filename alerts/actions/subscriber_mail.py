"""The mail that asks somebody whether they want to follow a status page."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from alerts.models import Subscriber
from alerts.status_page.document import find_page_url
from alerts.subscriber_links import (
    LIFETIME,
    build_confirm_link,
    build_unsubscribe_link,
)
from integrations_project.lib.queue import queue_task, try_later

logger = logging.getLogger(__name__)

TASK = "alerts.tasks.send_confirmation"
#: A mail server that is away is asked again after so long.
WAITS = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))


def queue_confirmation(subscriber: Subscriber) -> None:
    """Put the mail into the queue, in the caller's transaction."""
    queue_task(TASK, str(subscriber.pk))


def send_confirmation(
    subscriber_id: UUID | str, *, failure_count: int = 0, now: datetime
) -> bool:
    """Send the link that confirms; to one who follows already, that they do.

    A mail server that cannot be reached is tried again three times, by a schedule.

    Args:
        subscriber_id: Who asked; nothing is sent when they are gone.
        failure_count: How often the mail server has refused it already.
        now: The link works for two days from then.

    Returns:
        Whether a mail was sent.
    """
    rows = Subscriber.objects.select_related("page").prefetch_related(
        "components__service"
    )
    subscriber = rows.filter(pk=subscriber_id).first()
    if subscriber is None:
        return False
    try:
        _build_mail(subscriber, now=now).send()
    except OSError as error:
        logger.warning("confirmation not sent id=%s error=%s", subscriber.pk, error)
        _try_later(subscriber, failure_count, now=now)
        return False
    return True


def _build_mail(subscriber: Subscriber, *, now: datetime) -> EmailMultiAlternatives:
    page = subscriber.page
    unsubscribe_url = build_unsubscribe_link(subscriber)
    context = {
        "page": page,
        "page_url": find_page_url(page),
        "components": list(subscriber.components.all()),
        "confirm_url": build_confirm_link(subscriber, now=now),
        "unsubscribe_url": unsubscribe_url,
        "hours": int(LIFETIME.total_seconds() // 3600),
        "site_url": settings.SITE_URL,
    }
    name = "confirm" if subscriber.confirmed_at is None else "known"
    title = " ".join(page.title.split())
    subject = {
        "confirm": f"Confirm that you want to follow {title}",
        "known": f"You follow {title} already",
    }[name]
    return EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"alerts/mail/{name}.txt", context),
        to=[subscriber.address],
        headers={
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _try_later(subscriber: Subscriber, failure_count: int, *, now: datetime) -> None:
    is_tried = try_later(
        TASK,
        str(subscriber.pk),
        failure_count=failure_count,
        waits=WAITS,
        name=f"confirmation {subscriber.pk}",
        now=now,
    )
    if not is_tried:
        logger.error("confirmation given up id=%s", subscriber.pk)
