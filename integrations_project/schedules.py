"""What happens by itself, daily or every minute; `sync_schedules` queues it.

Deliveries wait for no schedule: the pump stays, and `serve` sweeps.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

PREFIX = "signalpost:"


class Regular(NamedTuple):
    """A task that runs by itself: once a day at an hour, or every minute."""

    name: str
    task: str
    hour: int | None = None  # UTC; None is every minute


REGULAR = (
    Regular("tidy up", "integrations_project.tasks.tidy_up", 3),
    Regular("forget unconfirmed", "alerts.tasks.forget_unconfirmed", 4),
    Regular("tidy runs", "monitors.tasks.tidy_runs", 5),
    Regular("watch silence", "receivers.tasks.watch_silence"),
    Regular("tell of overload", "receivers.tasks.tell_of_overload"),
    Regular("sweep verifying", "receivers.tasks.sweep_verifying"),
    Regular("roll up uptime", "alerts.tasks.roll_up_uptime"),
    Regular("watch budgets", "alerts.tasks.watch_budgets"),
    Regular("escalate", "alerts.tasks.escalate"),
    Regular("send reminders", "alerts.tasks.send_reminders"),
    Regular("run windows", "alerts.tasks.run_windows"),
)


@transaction.atomic
def sync_schedules() -> None:
    """Make the stored schedules equal to those above; the time of a run is kept."""
    for regular in REGULAR:
        values = {
            "func": regular.task,
            "schedule_type": _find_type(regular),
            "minutes": 1 if regular.hour is None else None,
            "repeats": -1,
            "cluster": "default",
        }
        Schedule.objects.update_or_create(
            name=PREFIX + regular.name,
            defaults=values,
            create_defaults={**values, "next_run": _find_first_run(regular)},
        )
    names = [PREFIX + regular.name for regular in REGULAR]
    Schedule.objects.filter(name__startswith=PREFIX).exclude(name__in=names).delete()


def _find_type(regular: Regular) -> str:
    kind: str = Schedule.MINUTES if regular.hour is None else Schedule.DAILY
    return kind


def _find_first_run(regular: Regular) -> datetime:
    if regular.hour is None:
        return timezone.now() + timedelta(minutes=1)
    tomorrow = timezone.now() + timedelta(days=1)
    return tomorrow.replace(hour=regular.hour, minute=0, second=0, microsecond=0)
