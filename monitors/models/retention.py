"""How long an organization keeps the runs of its monitors."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import Organization

MAX_DAYS = 3650
_VALIDATORS = [
    MinValueValidator(1, "A day at least."),
    MaxValueValidator(MAX_DAYS, "Ten years at most."),
]


class Retention(models.Model):
    """What is decided once; an organization without a row has the defaults.

    The last completed run of each page of a monitor is kept in any case: the next one
    is compared with it.
    """

    organization = models.OneToOneField(
        Organization,
        on_delete=models.CASCADE,
        related_name="monitor_retention",
        primary_key=True,
    )
    run_days = models.PositiveSmallIntegerField(
        default=30,
        validators=_VALIDATORS,
        help_text="Runs that found nothing new, or failed, are kept so many days.",
    )
    change_days = models.PositiveSmallIntegerField(
        default=365,
        validators=_VALIDATORS,
        help_text="Runs that found a change are kept so many days.",
    )

    def __str__(self) -> str:
        return f"Retention of {self.organization}"
