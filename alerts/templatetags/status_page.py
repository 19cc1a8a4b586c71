"""Tags of the public status pages: times in the page's zone, states, bars."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.html import format_html

from alerts.status_page.bars import draw_days, write_day
from alerts.status_page.feeds import STATE_LABELS
from alerts.status_page.words import LABELS
from integrations_project.lib.zones import find_zone

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from alerts.status_page.datatypes import ComponentData

register = template.Library()

TONES = {
    "operational": "ok",
    "degraded": "warn",
    "down": "bad",
    "maintenance": "info",
    "": "none",
}
ICONS = {
    "operational": "circle-check",
    "degraded": "triangle-alert",
    "down": "circle-x",
    "maintenance": "wrench",
}


@register.simple_tag
def moment(text: str, zone_name: str) -> SafeString:
    """Draw a time: ``21 Nov 2026, 14:05 CET``; programs read the exact one."""
    at = datetime.fromisoformat(text).astimezone(find_zone(zone_name))
    return format_html(
        '<time datetime="{}">{}, {} {}</time>',
        text,
        write_day(at.date()),
        f"{at:%H:%M}",
        at.tzname() or "",
    )


@register.simple_tag
def span(starts_at: str, ends_at: str, zone_name: str) -> SafeString:
    """Draw a time from and to; a day that both share is written once."""
    zone = find_zone(zone_name)
    begin = datetime.fromisoformat(starts_at).astimezone(zone)
    end = datetime.fromisoformat(ends_at).astimezone(zone)
    until = f"{end:%H:%M}"
    if end.date() != begin.date():
        until = f"{write_day(end.date())}, {until}"
    return format_html(
        '<time datetime="{}">{}, {}</time> – <time datetime="{}">{} {}</time>',
        starts_at,
        write_day(begin.date()),
        f"{begin:%H:%M}",
        ends_at,
        until,
        end.tzname() or "",
    )


@register.filter
def day(text: str) -> str:
    """Write a day as people read it."""
    return write_day(datetime.fromisoformat(text).date())


@register.filter
def tone(status: str) -> str:
    """Return the colour of a status, by its meaning."""
    return TONES[status]


@register.filter
def state_icon(status: str) -> str:
    """Return the icon of a status."""
    return ICONS[status]


@register.filter
def state_label(state: str) -> str:
    """Return a status, or the state of an update, in words."""
    return LABELS.get(state) or STATE_LABELS[state]


@register.filter
def percent(value: float) -> str:
    """Write a percentage with the places that it has: ``99.84``, ``100``."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


@register.inclusion_tag("status_page/_bars.html")
def day_bars(component: ComponentData) -> dict[str, Any]:
    """Draw the days of a component, with words for those who do not see them."""
    chart = draw_days(component)
    return {"component": component, "chart": chart, "days": component["days"]}
