"""Template tags of monitors: the small chart, what a run changed, when one runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

from monitors.run_words import describe_change, describe_timing, list_rows, name_item

if TYPE_CHECKING:
    from monitors.datatypes import Item
    from monitors.models import Job, Schedule
    from monitors.run_words import Row
    from monitors.sparkline import Sparkline

register = template.Library()


@register.inclusion_tag("monitors/_sparkline.html")
def sparkline(chart: Sparkline | None) -> dict[str, Any]:
    """Draw the last runs of a monitor, with the same in words."""
    return {"chart": chart}


@register.filter
def change_words(run: Job) -> str:
    """Say what a run found: ``2 added, 1 removed``."""
    return describe_change(run)


@register.filter
def timing_words(monitor: Schedule) -> str:
    """Say how often a monitor runs: ``every 5 min``."""
    return describe_timing(monitor)


@register.filter
def item_name(item: Item) -> str:
    """Return what an item is called by."""
    return name_item(item)


@register.filter
def item_rows(item: Item) -> list[Row]:
    """Return the fields of an item as texts."""
    return list_rows(item)
