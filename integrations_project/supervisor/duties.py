"""The tasks that stay, each in a cluster of its own: what the lookout watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitors.models import Runner
from monitors.runner import claim
from monitors.runner import doorbell as runner_bell
from webhooks.engine import doorbell, heartbeat
from webhooks.models import Pump
from webhooks.models.resident import ResidentQuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What one cluster is there for."""

    cluster: str
    #: Its turns: who is alive, and who is to end.
    turns: Callable[[], ResidentQuerySet]
    #: Whether something waits that nobody takes.
    has_due_work: Callable[[], bool]
    #: Puts a call for another turn into the queue.
    start: Callable[[], None]
    #: What readiness says when nobody does it.
    absence: str


DUTIES = (
    Duty(
        cluster=doorbell.CLUSTER,
        turns=Pump.objects.all,
        has_due_work=heartbeat.has_due_work,
        start=doorbell.start_pump,
        absence="No worker delivers: start `./manage.py qcluster`, or wait.",
    ),
    Duty(
        cluster=runner_bell.CLUSTER,
        turns=Runner.objects.all,
        has_due_work=claim.has_due_work,
        start=runner_bell.start_runner,
        absence="No worker runs monitors: start `./manage.py qcluster`, or wait.",
    ),
)
