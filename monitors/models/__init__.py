"""What a monitor keeps: strategies, schedules, runs, and manners."""

from __future__ import annotations

from monitors.models.host import Host
from monitors.models.job import Job
from monitors.models.retention import Retention
from monitors.models.runner import Runner
from monitors.models.schedule import Schedule
from monitors.models.strategy import Strategy

__all__ = ["Host", "Job", "Retention", "Runner", "Schedule", "Strategy"]
