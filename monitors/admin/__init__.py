"""The operator's pages of monitors, strategies, runs and hosts."""

from __future__ import annotations

from monitors.admin.hosts import HostAdmin
from monitors.admin.jobs import JobAdmin
from monitors.admin.retention import RetentionAdmin
from monitors.admin.schedules import ScheduleAdmin
from monitors.admin.strategies import StrategyAdmin

__all__ = [
    "HostAdmin",
    "JobAdmin",
    "RetentionAdmin",
    "ScheduleAdmin",
    "StrategyAdmin",
]
