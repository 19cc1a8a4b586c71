"""What every REST resource shares: parsing, paging, filters and the shape of errors.

Nothing here knows a model or an app. The settings name the three classes that are
imported here; resources import `resources`, `serializers`, `fields` and `filters`.
"""

from __future__ import annotations

from integrations_project.lib.api.paging import CursorPages
from integrations_project.lib.api.parsing import StrictJSONParser
from integrations_project.lib.api.problems import (
    PROBLEM_TYPE,
    build_problem,
    flatten_errors,
    problem_response,
    sum_up,
)

__all__ = [
    "PROBLEM_TYPE",
    "CursorPages",
    "StrictJSONParser",
    "build_problem",
    "flatten_errors",
    "problem_response",
    "sum_up",
]
