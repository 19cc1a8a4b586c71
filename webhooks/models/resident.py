"""A task that stays: its sign of life, and how it is asked to end.

The delivery engine's pump is one, the monitors' runner another. Times are the
database's.
"""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models.functions import Now

from integrations_project.lib.clock import database_now
from integrations_project.lib.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

#: It beats each second; it is taken for gone after so long.
FRESH = timedelta(seconds=5)
#: What it claimed is taken over after so long, if its leases last longer.
GONE = timedelta(seconds=10)
KEPT = timedelta(days=1)


class ResidentQuerySet(models.QuerySet["Resident"]):
    """Who is alive, and who is to end."""

    def fresh(self) -> Self:
        """Return those that are alive, those that are handing over included."""
        return self.filter(finished_at=None, beat_at__gt=Now() - FRESH)

    def takers(self) -> Self:
        """Return those that are alive and take new work."""
        return self.fresh().filter(is_handing_over=False, is_asked_to_stop=False)

    def gone(self) -> Self:
        """Return those whose claims are to be taken over."""
        return self.exclude(finished_at=None, beat_at__gt=Now() - GONE)

    def ask_to_stop(self, process_ids: Collection[int] | None = None) -> int:
        """Ask those of this host to give their work back and end within 8 s.

        Args:
            process_ids: Only those; None is every one of this host.

        Returns:
            How many were asked.
        """
        living = self.filter(host=socket.gethostname(), finished_at=None)
        if process_ids is not None:
            living = living.filter(process_id__in=process_ids)
        return living.update(is_asked_to_stop=True)

    def note_ended(self, process_ids: Collection[int]) -> int:
        """Take those of these processes of this host for gone at once.

        For who knows that the processes are dead: what they had claimed is then taken
        over without waiting. Returns how many there were.
        """
        dead = self.filter(
            host=socket.gethostname(), process_id__in=process_ids, finished_at=None
        )
        return dead.update(beat_at=Now() - GONE)


class Resident(models.Model):
    """One turn of a task that stays: its heartbeat, and the flag that stops it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    host = models.CharField(max_length=255)
    process_id = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(help_text="Fresh while it is alive.")
    progress_at = models.DateTimeField(help_text="When something was last recorded.")
    in_flight = models.PositiveIntegerField(default=0)
    is_handing_over = models.BooleanField(
        default=False, help_text="Its turn is over: it only finishes what it began."
    )
    is_asked_to_stop = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ResidentQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("-started_at",)

    @classmethod
    def begin(cls, resident_id: UUID) -> None:
        """Write the row of this process; remove those that are older than a day."""
        now = database_now()
        cls.objects.create(
            id=resident_id,
            host=socket.gethostname(),
            process_id=os.getpid(),
            started_at=now,
            beat_at=now,
            progress_at=now,
        )
        cls.objects.filter(beat_at__lt=now - KEPT).delete()
