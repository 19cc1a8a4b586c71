"""What alerts there are and what they carry: titles, fields, examples. Pure."""

from __future__ import annotations

from alerts.catalogue.checking import find_data_errors, find_field_errors
from alerts.catalogue.entries import (
    CATALOGUE,
    AlertEntry,
    AlertField,
    Evidence,
    find_entry,
    list_categories,
)

__all__ = [
    "CATALOGUE",
    "AlertEntry",
    "AlertField",
    "Evidence",
    "find_data_errors",
    "find_entry",
    "find_field_errors",
    "list_categories",
]
