"""A turn of the runner, as the others see it."""

from __future__ import annotations

from webhooks.models import Resident


class Runner(Resident):
    """A turn of the monitors' runner: its heartbeat, and the flag that stops it."""

    class Meta(Resident.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"Runner on {self.host}, process {self.process_id}"
