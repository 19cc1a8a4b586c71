"""On-call schedules, one function for each thing that can happen to them."""

from __future__ import annotations

from alerts.actions.on_call.checks import NewMember, NewRotation, find_rotation_errors
from alerts.actions.on_call.feeds import get_person_feed, rotate_feed
from alerts.actions.on_call.overrides import (
    add_override,
    delete_override,
    find_override_errors,
    set_overrides,
)
from alerts.actions.on_call.schedules import delete_schedule, save_schedule

__all__ = [
    "NewMember",
    "NewRotation",
    "add_override",
    "delete_override",
    "delete_schedule",
    "find_override_errors",
    "find_rotation_errors",
    "get_person_feed",
    "rotate_feed",
    "save_schedule",
    "set_overrides",
]
