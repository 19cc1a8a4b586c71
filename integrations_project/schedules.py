"""What happens every day by itself; `sync_schedules` writes it into the queue.

Deliveries do not wait for a schedule: the pump stays, and `serve` sweeps.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

from accounts import actions

PREFIX = "signalpost:"


class Daily(NamedTuple):
    """A function of this module that runs once a day."""

    name: str
    function: str
    hour: int  # UTC


DAILY = (
    Daily("clear sessions", "clear_sessions", 3),
    Daily("clear idempotent requests", "clear_idempotent_requests", 4),
)


def clear_sessions() -> None:
    """Remove the sessions that have expired. Twice does no harm."""
    call_command("clearsessions")


def clear_idempotent_requests() -> int:
    """Forget stored answers to POSTs that are older than a day; returns how many."""
    return actions.clear_idempotent_requests(now=timezone.now())


@transaction.atomic
def sync_schedules(*, now: datetime) -> None:
    """Make the stored schedules equal to those above; the time of a run is kept."""
    for daily in DAILY:
        Schedule.objects.update_or_create(
            name=PREFIX + daily.name,
            defaults={
                "func": f"{__name__}.{daily.function}",
                "schedule_type": Schedule.DAILY,
                "repeats": -1,
                "cluster": "default",
            },
            create_defaults={
                "func": f"{__name__}.{daily.function}",
                "schedule_type": Schedule.DAILY,
                "repeats": -1,
                "cluster": "default",
                "next_run": _next_at(daily.hour, now=now),
            },
        )
    names = [PREFIX + daily.name for daily in DAILY]
    Schedule.objects.filter(name__startswith=PREFIX).exclude(name__in=names).delete()


def _next_at(hour: int, *, now: datetime) -> datetime:
    moment = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return moment if moment > now else moment + timedelta(days=1)
