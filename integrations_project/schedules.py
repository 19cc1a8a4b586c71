"""What happens every day by itself; `sync_schedules` writes it into the queue.

Deliveries wait for no schedule: the pump stays, and `serve` sweeps.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

PREFIX = "signalpost:"


class Daily(NamedTuple):
    """A task that runs once a day."""

    name: str
    task: str
    hour: int  # UTC


DAILY = (Daily("tidy up", "integrations_project.tasks.tidy_up", 3),)


@transaction.atomic
def sync_schedules() -> None:
    """Make the stored schedules equal to those above; the time of a run is kept."""
    for daily in DAILY:
        values = {
            "func": daily.task,
            "schedule_type": Schedule.DAILY,
            "repeats": -1,
            "cluster": "default",
        }
        Schedule.objects.update_or_create(
            name=PREFIX + daily.name,
            defaults=values,
            create_defaults={**values, "next_run": _tomorrow_at(daily.hour)},
        )
    names = [PREFIX + daily.name for daily in DAILY]
    Schedule.objects.filter(name__startswith=PREFIX).exclude(name__in=names).delete()


def _tomorrow_at(hour: int) -> datetime:
    tomorrow = timezone.now() + timedelta(days=1)
    return tomorrow.replace(hour=hour, minute=0, second=0, microsecond=0)
