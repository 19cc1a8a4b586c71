"""Have a runner started; one that is alive looks twice a second by itself."""

from __future__ import annotations

from integrations_project.lib.calls import call_resident
from monitors.models import Runner

CLUSTER = "monitors"
TASK = "monitors.tasks.run_due"


def ring() -> None:
    """Have a runner started if there is none; part of the caller's transaction."""
    if not Runner.objects.takers().exists():
        start_runner()


def start_runner() -> None:
    """Put one call for a runner into the queue, unless one waits there already."""
    call_resident(TASK, cluster=CLUSTER)
