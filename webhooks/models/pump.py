"""A run of the delivery engine, as the others see it."""

from __future__ import annotations

from django.db import models

from webhooks.models.resident import Resident


class Pump(Resident):
    """A run of the delivery engine: its heartbeat, and the flag that stops it."""

    beat_at = models.DateTimeField(help_text="Fresh while the pump is alive.")

    class Meta(Resident.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"Pump on {self.host}, process {self.process_id}"
