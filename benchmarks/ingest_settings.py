"""The product's settings with one view alone, and no middleware before it."""

from __future__ import annotations

import os

from integrations_project.settings import *  # noqa: F403  # that is its purpose

MIDDLEWARE = []
ROOT_URLCONF = os.environ["BENCHMARK_URLS"]
