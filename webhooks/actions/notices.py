"""The mail to the administrators about a webhook that was disabled by itself."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts.actions import list_admin_addresses
from integrations_project.lib.queue import queue_task, try_later
from webhooks.models import Destination

logger = logging.getLogger(__name__)

TASK = "webhooks.tasks.send_disabled_notice"
#: A mail server that is away is asked again after so long.
WAITS = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))
_READ = ("organization__name", "label", "enabled", "disabled_reason", "last_error")


def queue_disabled_notice(destination: Destination) -> None:
    """Put the notice into the queue, in the caller's transaction."""
    queue_task(TASK, str(destination.pk))


def send_disabled_notice(
    destination_id: UUID | str, *, failure_count: int = 0, now: datetime
) -> bool:
    """Send one mail to the Admins of the organization whose webhook was disabled.

    A mail server that cannot be reached is tried again three times, by a schedule.

    Args:
        destination_id: Which webhook; nothing is sent when it is gone or was
            enabled again.
        failure_count: How often the mail server has refused it already.
        now: The time from which the next try is counted.

    Returns:
        Whether a mail was sent.
    """
    rows = Destination.objects.select_related("organization").only(*_READ)
    destination = rows.filter(pk=destination_id, enabled=False).first()
    if destination is None:
        return False
    addresses = list_admin_addresses(destination.organization)
    if not addresses:
        logger.warning("notice without recipients webhook=%s", destination.pk)
        return False
    try:
        _build_mail(destination, addresses).send()
    except OSError as error:
        logger.warning("notice not sent webhook=%s error=%s", destination.pk, error)
        _try_later(destination, failure_count, now=now)
        return False
    return True


def _build_mail(
    destination: Destination, addresses: list[str]
) -> EmailMultiAlternatives:
    context = {
        "webhook": destination,
        "organization_name": destination.organization.name,
        "link": settings.SITE_URL + destination.get_absolute_url(),
        "site_url": settings.SITE_URL,
    }
    return EmailMultiAlternatives(
        subject=f"The webhook {destination.label} was disabled",
        body=render_to_string("webhooks/mail/disabled.txt", context),
        to=addresses,
    )


def _try_later(destination: Destination, failure_count: int, *, now: datetime) -> None:
    is_tried = try_later(
        TASK,
        str(destination.pk),
        failure_count=failure_count,
        waits=WAITS,
        name=f"disabled notice {destination.pk}",
        now=now,
    )
    if not is_tried:
        logger.error("notice given up webhook=%s", destination.pk)
