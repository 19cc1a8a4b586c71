"""Forms of monitors and strategies, for the dashboard and the admin."""

from __future__ import annotations

from monitors.forms.monitor import MonitorForm
from monitors.forms.retention import RetentionForm
from monitors.forms.strategy import StrategyForm

__all__ = ["MonitorForm", "RetentionForm", "StrategyForm"]
