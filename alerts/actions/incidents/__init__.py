"""What can happen to an incident, one function each."""

from __future__ import annotations

from alerts.actions.incidents.changing import (
    acknowledge_incident,
    assign_incident,
    close_incident,
    edit_incident,
    post_incident_update,
    resolve_incident,
    write_post_mortem,
)
from alerts.actions.incidents.joining import join_related
from alerts.actions.incidents.linking import (
    link_service,
    resolve_own_link,
    unlink_service,
)
from alerts.actions.incidents.merging import merge_incidents
from alerts.actions.incidents.opening import (
    NewIncident,
    OwnLinks,
    find_open_incident,
    insert_incident,
    lock_incident_numbers,
    open_incident,
)
from alerts.actions.incidents.telling import (
    Happening,
    add_entry,
    build_news,
    next_update,
    post_happenings,
    publish_incident,
)

__all__ = [
    "Happening",
    "NewIncident",
    "OwnLinks",
    "acknowledge_incident",
    "add_entry",
    "assign_incident",
    "build_news",
    "close_incident",
    "edit_incident",
    "find_open_incident",
    "insert_incident",
    "join_related",
    "link_service",
    "lock_incident_numbers",
    "merge_incidents",
    "next_update",
    "open_incident",
    "post_happenings",
    "post_incident_update",
    "publish_incident",
    "resolve_incident",
    "resolve_own_link",
    "unlink_service",
    "write_post_mortem",
]
