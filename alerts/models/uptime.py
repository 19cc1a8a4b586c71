"""How long a service was in which state, day by day, and how far that is counted."""

from __future__ import annotations

from django.db import models

from accounts.models import Organization
from alerts.models.service import Service


class DailyUptime(models.Model):
    """Seconds of one finished day of a service, in the organization's zone.

    They add up to the length of the day, which is 23 or 25 hours twice a year; what
    is missing before the service was made is ``unknown_seconds``. A finished day
    without a row was wholly operational, without an incident: most days are.
    """

    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="days", db_index=False
    )
    day = models.DateField()
    operational_seconds = models.FloatField(default=0)
    degraded_seconds = models.FloatField(default=0)
    down_seconds = models.FloatField(default=0)
    maintenance_seconds = models.FloatField(default=0)
    unknown_seconds = models.FloatField(default=0)
    incident_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("service", "day"), name="dailyuptime_service_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.service_id} on {self.day}"


class UptimeProgress(models.Model):
    """How far the days of an organization are counted, and in which zone."""

    organization = models.OneToOneField(
        Organization,
        on_delete=models.CASCADE,
        related_name="uptime_progress",
        primary_key=True,
    )
    time_zone = models.CharField(
        max_length=64, help_text="Whose days are stored; another one begins anew."
    )
    last_day = models.DateField(
        null=True, help_text="The last day that is counted; empty before the first."
    )
    checked_at = models.DateTimeField(
        help_text="When changes of the past that arrived late were last looked for."
    )

    class Meta:
        verbose_name_plural = "uptime progress"

    def __str__(self) -> str:
        return f"Until {self.last_day}, {self.time_zone}"
