"""The interface of the public client ``meter-sdk`` for content monitors."""

from __future__ import annotations

from monitors.client_api.jobs import Batches, Jobs
from monitors.client_api.schedules import Schedules
from monitors.client_api.strategies import Strategies, StrategyHistory
from monitors.client_api.unsupported import StrategyGroups, Workflows
from monitors.client_api.watching import Watches
from monitors.client_api.webhook_tests import WebhookTests

__all__ = [
    "Batches",
    "Jobs",
    "Schedules",
    "Strategies",
    "StrategyGroups",
    "StrategyHistory",
    "Watches",
    "WebhookTests",
    "Workflows",
]
