"""Read what services show, without a lock: is there anything to do at all?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from alerts.datatypes import ServiceState, Source
from alerts.models import ServiceSource
from integrations_project.lib.prepared import adapt

# By hand, because every request to a receiver reads it: the ORM takes longer to
# write this statement than the database to answer it.
_SELECT = """
SELECT s.id, s.name, s.status, said.key, said.status, said.message
  FROM alerts_service s
  LEFT JOIN alerts_servicesource said
    ON said.service_id = s.id AND said.source_kind = %s AND said.source_id = %s
   AND said.key IN ({keys})
 WHERE s.organization_id = %s AND {services} IN ({names}){networks}
"""


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
        keys: The keys of the source that are asked for; at least one.
        service_id: One service; without it those with the names.
        names: Names in any case.
        network_ids: Only services of these networks; empty is every service.
    """
    wanted: list[Any] = [name.lower() for name in names]
    if service_id is not None:
        wanted = [adapt(service_id)]
    if not wanted:
        return []
    statement = _SELECT.format(
        keys=_places(keys),
        services="LOWER(s.name)" if service_id is None else "s.id",
        names=_places(wanted),
        networks=f" AND s.network_id IN ({_places(network_ids)})"
        if network_ids
        else "",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            [
                source.kind,
                source.id,
                *keys,
                adapt(organization_id),
                *wanted,
                *map(adapt, network_ids),
            ],
        )
        return _collect(cursor.fetchall())


def list_states_by_key(
    organization_id: UUID,
    *,
    source: Source,
    keys: Collection[str],
    network_ids: Collection[UUID] = (),
) -> dict[str, ServiceState]:
    """Return the services of which a source says something under these keys.

    For a sender that names the service when it fails and only the key when it
    recovers. A key under which it speaks of several services is left out.

    Args:
        organization_id: Whose services.
        source: Whose word is asked for.
        keys: The keys.
        network_ids: Only services of these networks; empty is every service.
    """
    rows = ServiceSource.objects.filter(
        service__organization=organization_id,
        source_kind=source.kind,
        source_id=source.id,
        key__in=keys,
    ).select_related("service")
    if network_ids:
        rows = rows.filter(service__network__in=network_ids)
    found: dict[str, list[ServiceState]] = {}
    for row in rows:
        state = ServiceState(
            service_id=row.service_id,
            name=row.service.name,
            status=row.service.status,
            said={row.key: (row.status, row.message)},
        )
        found.setdefault(row.key, []).append(state)
    return {key: states[0] for key, states in found.items() if len(states) == 1}


def _collect(rows: Iterable[tuple[Any, ...]]) -> list[ServiceState]:
    said: dict[UUID, dict[str, tuple[str, str]]] = {}
    states: dict[UUID, ServiceState] = {}
    for row_id, name, status, key, said_status, message in rows:
        service_id = row_id if isinstance(row_id, UUID) else UUID(row_id)
        if service_id not in states:
            said[service_id] = {}
            states[service_id] = ServiceState(
                service_id=service_id, name=name, status=status, said=said[service_id]
            )
        if key is not None:
            said[service_id][key] = (said_status, message)
    return list(states.values())


def _places(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))
