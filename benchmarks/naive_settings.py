"""The product's settings with django-q2 as its documentation starts it."""

from __future__ import annotations

from benchmarks.settings import *  # noqa: F403  # that is its purpose

Q_CLUSTER = {
    "name": "benchmark",
    "orm": "default",
    "workers": 4,
    "timeout": 60,
    "retry": 120,
    "log_level": "ERROR",
}
