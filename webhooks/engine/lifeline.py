"""A pump's own row: it begins, beats, hands over and ends."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from integrations_project.lib.clock import database_now
from integrations_project.lib.ids import uuid7
from webhooks.engine.claim_sql import NOW
from webhooks.engine.database import run
from webhooks.models import Pump

_BEAT = f"""
UPDATE webhooks_pump
   SET beat_at = {NOW}, in_flight = %(in_flight)s, finished_at = NULL,
       progress_at = CASE WHEN %(has_progress)s THEN {NOW} ELSE progress_at END
 WHERE id = %(pump)s RETURNING is_asked_to_stop
"""  # noqa: S608  # constants only


class Lifeline:
    """The row in `webhooks_pump` that tells others that this pump is alive."""

    def __init__(self) -> None:
        self.id: UUID = uuid7()

    def begin(self) -> None:
        """Write the row, and remove those that are older than a day."""
        Pump.begin(self.id)

    def beat(self, *, in_flight: int, has_progress: bool) -> bool:
        """Say that we are alive; returns whether somebody wants us to stop.

        Args:
            in_flight: Requests on the way.
            has_progress: Something was recorded or claimed since the last beat, or
                there was nothing to claim.
        """
        parameters = {
            "pump": self.id,
            "in_flight": in_flight,
            "has_progress": has_progress,
        }
        rows = run(_BEAT, parameters)
        return not rows or bool(rows[0][0])

    def hand_over(self) -> None:
        """Say that we only finish what we began."""
        Pump.objects.filter(pk=self.id).update(is_handing_over=True)

    def end(self) -> None:
        """Say that we are gone and hold nothing."""
        Pump.objects.filter(pk=self.id).update(finished_at=database_now(), in_flight=0)

    def has_other(self, *, younger: bool = False) -> bool:
        """Whether another pump takes new work (one that began after us)."""
        others = Pump.objects.takers().exclude(pk=self.id)
        return (others.filter(pk__gt=self.id) if younger else others).exists()


#: How old due work must be before a busy pump asks for another.
BACKLOG_AGE = timedelta(seconds=1)
