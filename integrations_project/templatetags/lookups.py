"""Template filters that look something up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

if TYPE_CHECKING:
    from collections.abc import Mapping

register = template.Library()


@register.filter
def lookup(mapping: Mapping[Any, Any], key: object) -> Any:
    """Return the value of a key that is itself a variable; None when absent."""
    return mapping.get(key)
