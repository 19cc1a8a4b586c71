"""How long a service was in which state, day by day."""

from __future__ import annotations

from django.db import models

from alerts.models.service import Service


class DailyUptime(models.Model):
    """Seconds of one finished day of a service, in the organization's zone.

    They add up to the length of the day, which is 23 or 25 hours twice a year; what
    is missing before the service was made is ``unknown_seconds``.
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
