"""What a source's stored words ask of incidents, when its settings change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from alerts.actions.status import lock_services
from alerts.models import ServiceSource

if TYPE_CHECKING:
    from alerts.datatypes import IncidentPolicy, Source

BATCH_SIZE = 500


@transaction.atomic
def follow_policy(source: Source, policy: IncidentPolicy) -> None:
    """Let what a source has said ask for what its settings say now.

    A word that came during maintenance opens its incident afterwards, by this policy.
    Nothing is opened or told here: as when the source says the same again.

    Args:
        source: Whose settings have changed.
        policy: What they say now.
    """
    rows = ServiceSource.objects.filter(source_kind=source.kind, source_id=source.id)
    # As whoever notes a word locks them, so that neither undoes the other.
    lock_services(set(rows.values_list("service", flat=True)))
    said = list(rows.order_by("pk"))
    for each in said:
        each.incident_policy = {**each.incident_policy, **policy.as_json()}
    rows.bulk_update(said, ("incident_policy",), batch_size=BATCH_SIZE)
