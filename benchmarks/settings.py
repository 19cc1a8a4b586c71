"""The product's settings with a django-q2 that is tuned as far as it goes."""

from __future__ import annotations

from integrations_project.settings import *  # noqa: F403  # that is its purpose

Q_CLUSTER = {
    "name": "benchmark",
    "orm": "default",
    "workers": 4,
    "timeout": 60,
    "retry": 3600,
    "queue_limit": 200,
    "bulk": 50,
    "poll": 0.02,
    "save_limit": -1,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "log_level": "ERROR",
}
