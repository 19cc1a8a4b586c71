"""What runs regularly, declared here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

#: Rows with this prefix are ours; others that an operator made are left alone.
PREFIX = "signalpost:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One task and how often it runs."""

    name: str
    task: str
    every_minutes: int


PLANS = (
    Plan(name="tidy up", task="integrations_project.tasks.tidy_up", every_minutes=60),
)


@transaction.atomic
def sync_schedules() -> None:
    """Make the schedules of the queue match the plans; safe to run again."""
    names = [PREFIX + plan.name for plan in PLANS]
    Schedule.objects.filter(name__startswith=PREFIX).exclude(name__in=names).delete()
    for plan in PLANS:
        Schedule.objects.update_or_create(
            name=PREFIX + plan.name,
            defaults={
                "func": plan.task,
                "schedule_type": Schedule.MINUTES,
                "minutes": plan.every_minutes,
                "repeats": -1,
            },
            create_defaults={
                "func": plan.task,
                "schedule_type": Schedule.MINUTES,
                "minutes": plan.every_minutes,
                "repeats": -1,
                "next_run": timezone.now(),
            },
        )
