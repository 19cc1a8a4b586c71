"""A run of the delivery engine, as the others see it."""

from __future__ import annotations

from django.db import models

from integrations_project.lib.ids import uuid7


class Pump(models.Model):
    """A run of the delivery engine: its heartbeat, and the flag that stops it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    host = models.CharField(max_length=255)
    process_id = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(help_text="Fresh while the pump is alive.")
    progress_at = models.DateTimeField(help_text="When something was last recorded.")
    in_flight = models.PositiveIntegerField(default=0)
    is_handing_over = models.BooleanField(
        default=False, help_text="Its turn is over: it only finishes what it began."
    )
    is_asked_to_stop = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"Pump on {self.host}, process {self.process_id}"
