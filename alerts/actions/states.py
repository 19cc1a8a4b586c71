"""Read what services show, without a lock: is there anything to do at all?"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import FilteredRelation, Q
from django.db.models.functions import Lower

from alerts.datatypes import ServiceState, Source
from alerts.models import Service


def list_service_states(
    organization_id: UUID,
    *,
    source: Source,
    keys: Collection[str],
    service_id: UUID | None = None,
    names: Collection[str] = (),
    network_ids: Collection[UUID] = (),
) -> list[ServiceState]:
    """Return what services show and what one source says of each, in one statement.

    Args:
        organization_id: Whose services.
        source: Whose word is asked for.
        keys: The keys of the source that are asked for.
        service_id: One service; without it those with the names.
        names: Names in any case.
        network_ids: Only services of these networks; empty is every service.
    """
    services = Service.objects.filter(organization=organization_id).order_by()
    if service_id is not None:
        services = services.filter(pk=service_id)
    else:
        lowered = {name.lower() for name in names}
        services = services.alias(name_lower=Lower("name"))
        services = services.filter(name_lower__in=lowered)
    if network_ids:
        services = services.filter(network__in=network_ids)
    condition = Q(
        sources__source_kind=source.kind,
        sources__source_id=source.id,
        sources__key__in=keys,
    )
    rows = services.annotate(
        said=FilteredRelation("sources", condition=condition)
    ).values_list("pk", "name", "status", "said__key", "said__status", "said__message")

    said: dict[UUID, dict[str, tuple[str, str]]] = {}
    states: dict[UUID, ServiceState] = {}
    for pk, name, status, key, said_status, message in rows:
        if pk not in states:
            said[pk] = {}
            states[pk] = ServiceState(
                service_id=pk, name=name, status=status, said=said[pk]
            )
        if key is not None:
            said[pk][key] = (said_status, message)
    return list(states.values())
