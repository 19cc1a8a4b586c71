"""A runner's own row: it begins, beats, hands over and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F
from django.db.models.functions import Now

from integrations_project.lib.clock import database_now
from integrations_project.lib.ids import uuid7
from monitors.models import Runner

if TYPE_CHECKING:
    from uuid import UUID


class Lifeline:
    """The row that tells others that this runner is alive."""

    def __init__(self) -> None:
        self.id: UUID = uuid7()
        self._row = Runner.objects.filter(pk=self.id)

    def begin(self) -> None:
        """Write the row."""
        Runner.begin(self.id)

    def beat(self, *, in_flight: int, has_progress: bool) -> bool:
        """Say that we are alive; returns whether somebody wants us to stop.

        Args:
            in_flight: Runs that are under way.
            has_progress: We looked for work, or recorded some, since the last beat.
        """
        progress_at = Now() if has_progress else F("progress_at")
        self._row.update(
            beat_at=Now(),
            in_flight=in_flight,
            finished_at=None,
            progress_at=progress_at,
        )
        return not self._row.filter(is_asked_to_stop=False).exists()

    def hand_over(self) -> None:
        """Say that we only finish what we began."""
        self._row.update(is_handing_over=True)

    def end(self) -> None:
        """Say that we are gone and hold nothing."""
        self._row.update(finished_at=database_now(), in_flight=0)

    def has_other(self, *, younger: bool = False) -> bool:
        """Whether another runner takes new work (one that began after us)."""
        others = Runner.objects.takers().exclude(pk=self.id)
        return (others.filter(pk__gt=self.id) if younger else others).exists()
