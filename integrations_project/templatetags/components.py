"""Template tags of the screens' shell: icons, status pills, times, small charts.

``{% load components %}``; `templates/components/README.md` shows each in use.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join

from integrations_project.lib import http_phases

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.utils.safestring import SafeString

register = template.Library()


class Look(NamedTuple):
    """How a status is shown: never by its colour alone."""

    tone: str  # ok, warn, bad, info, neutral
    icon: str
    label: str


LOOKS = {
    # services
    "operational": Look("ok", "circle-check", "Operational"),
    "degraded": Look("warn", "triangle-alert", "Degraded"),
    "down": Look("bad", "circle-x", "Down"),
    "maintenance": Look("info", "wrench", "Maintenance"),
    # incidents
    "opened": Look("bad", "siren", "Opened"),
    "acknowledged": Look("warn", "eye", "Acknowledged"),
    "resolved": Look("ok", "circle-check", "Resolved"),
    "minor": Look("neutral", "info", "Minor"),
    "major": Look("warn", "triangle-alert", "Major"),
    "critical": Look("bad", "siren", "Critical"),
    # deliveries
    "pending": Look("neutral", "clock", "Pending"),
    "sending": Look("info", "send", "Sending"),
    "delivered": Look("ok", "circle-check", "Delivered"),
    "failed": Look("bad", "circle-x", "Failed"),
    "skipped": Look("neutral", "skip-forward", "Skipped"),
    "cancelled": Look("neutral", "ban", "Cancelled"),
    "running": Look("info", "clock", "Running"),  # a replay of many, a run
    "finished": Look("ok", "circle-check", "Finished"),
    "completed": Look("ok", "circle-check", "Completed"),  # a run of a monitor
    # receipts
    "processed": Look("ok", "circle-check", "Processed"),
    "ignored": Look("neutral", "circle-minus", "Ignored"),
    "auth_failed": Look("bad", "lock", "Signature refused"),
    # configuration
    "healthy": Look("ok", "circle-check", "Healthy"),
    "failing": Look("bad", "triangle-alert", "Failing"),
    "waiting": Look("bad", "clock", "Waiting"),  # an open breaker
    "unknown": Look("neutral", "circle-dot", "Nothing yet"),
    "enabled": Look("ok", "circle-check", "Enabled"),
    "disabled": Look("neutral", "ban", "Disabled"),
    "paused": Look("neutral", "pause", "Paused"),
    "active": Look("ok", "circle-check", "Active"),
    "expired": Look("neutral", "clock", "Expired"),
    "revoked": Look("neutral", "ban", "Revoked"),
}


def look_of(status: object) -> Look:
    """Return how to show a status; an unknown one is shown by its own name."""
    name = str(status or "unknown")
    return LOOKS.get(name) or Look(
        "neutral", "circle-dot", name.replace("_", " ").capitalize()
    )


@register.simple_tag
def icon(name: str, css_class: str = "", label: str = "") -> SafeString:
    """Draw one icon of the sprite; without a label it is decoration."""
    href = f"{static('icons/sprite.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon {}" role="img" aria-label="{}">'
            '<use href="{}"></use></svg>',
            css_class,
            label,
            href,
        )
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}"></use></svg>',
        css_class,
        href,
    )


@register.simple_tag
def status_pill(status: object, label: str = "") -> SafeString:
    """Draw a status as colour, icon and word."""
    look = look_of(status)
    return format_html(
        '<span class="pill pill-{}">{}{}</span>',
        look.tone,
        icon(look.icon),
        label or look.label,
    )


@register.simple_tag
def status_dot(status: object, label: str = "") -> SafeString:
    """Draw a status as a dot and a word, for places where a pill is too loud."""
    look = look_of(status)
    return format_html(
        '<span class="dot dot-{}">{}</span>', look.tone, label or look.label
    )


@register.simple_tag
def options(choices: Iterable[tuple[str, str]], chosen: str = "") -> SafeString:
    """Draw the options of a select; a thousand of them cost a few milliseconds."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (value, " selected" if value == chosen else "", label)
            for value, label in choices
        ),
    )


@register.simple_tag
def relative_time(moment: datetime | None, absent: str = "never") -> SafeString:
    """Draw a moment; scripts turn it into "3 min ago", in the person's zone."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', absent)
    at = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-relative>{} UTC</time>',
        at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        _clock_text(at),
    )


@register.simple_tag
def exact_time(moment: datetime | None, absent: str = "never") -> SafeString:
    """Draw a moment with its seconds, in the person's zone once scripts run."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', absent)
    at = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-exact>{} UTC</time>',
        at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        f"{_clock_text(at)}:{at:%S}",
    )


def _clock_text(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M}"


@register.simple_tag(takes_context=True)
def is_here(context: template.Context, prefix: str) -> bool:
    """Tell whether the page shown lies at or below a path."""
    request = context.get("request")
    if request is None:
        return False
    if prefix == "/":
        return bool(request.path == "/")
    return bool(request.path.startswith(prefix))


@register.inclusion_tag("components/nav_link.html", takes_context=True)
def nav_link(
    context: template.Context, url: str, label: str, icon_name: str, prefix: str = ""
) -> dict[str, object]:
    """Draw one entry of the navigation, marked when the page is below it."""
    here = is_here(context, prefix or url)
    return {"url": url, "label": label, "icon_name": icon_name, "is_here": here}


@register.inclusion_tag("components/tab.html", takes_context=True)
def tab(
    context: template.Context, url: str, label: str, count: int | None = None
) -> dict[str, object]:
    """Draw one tab, marked when the page is at or below its URL."""
    here = is_here(context, url.split("?", 1)[0])
    return {"url": url, "label": label, "count": count, "is_here": here}


@register.filter
def duration(value: timedelta | float | None) -> str:
    """Say a duration in its two largest units: ``3 min 20 s``.

    Args:
        value: A timedelta, or seconds.
    """
    if value is None:
        return "–"
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if 0 < seconds < 1:
        return milliseconds(seconds * 1000)
    rest = round(abs(seconds))
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


@register.filter
def milliseconds(value: float | None) -> str:
    """Say milliseconds: ``0.4 ms``, ``142 ms``, ``1.3 s``."""
    if value is None:
        return "–"
    figure = float(value)
    if figure >= 60_000:
        return duration(figure / 1000)
    if figure >= 1000:
        return f"{figure / 1000:.1f} s"
    return f"{figure:.1f} ms" if 0 < figure < 10 else f"{figure:.0f} ms"


@register.filter
def byte_size(value: int | str | bytes | None) -> str:
    """Say a size: ``14 KB``; of a text, the size of its UTF-8."""
    if value is None:
        return "–"
    if isinstance(value, str):
        value = value.encode("utf-8", "replace")
    size = float(len(value) if isinstance(value, bytes) else value)
    if size < 1024:
        return f"{size:.0f} bytes"
    for unit in ("KB", "MB", "GB"):
        size /= 1024
        if size < 1024 or unit == "GB":
            return f"{size:.1f} {unit}" if size < 10 else f"{size:.0f} {unit}"
    raise AssertionError(unit)


@register.filter
def pretty_json(value: object) -> str:
    """Indent JSON, given as a value or as a text; any other text stays as it is."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return str(value)
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(value)


@register.filter
def is_timed(timings: Mapping[str, float] | None) -> bool:
    """Tell whether there is anything to draw a waterfall of."""
    return bool(timings and timings.get("total_ms"))


#: The word of a phase and its class.
WATERFALL_LOOKS = {
    "dns": ("DNS", "step-dns"),
    "connect": ("Connect", "step-connect"),
    "tls": ("TLS", "step-tls"),
    "first_byte": ("First byte", "step-wait"),
    "rest": ("Rest of answer", "step-read"),
    http_phases.WHOLE: ("Exchange", "step-wait"),
    http_phases.TOKEN: ("OAuth2 token", "step-wait"),
}


@register.inclusion_tag("components/waterfall.html")
def waterfall(
    timings: Mapping[str, float] | None, error_code: str = ""
) -> dict[str, object]:
    """Draw where the time of a request went.

    Args:
        timings: ``dns_ms``, ``connect_ms``, ``tls_ms``, ``first_byte_ms`` and
            ``total_ms``: when each step was over, 0 for a step that did not happen.
        error_code: Why it failed: the phase that it waited in gets the rest.
    """
    timings = timings or {}
    total = float(timings.get("total_ms") or 0)
    rows = []
    for phase in http_phases.split_time(timings, error_code=error_code):
        label, css_class = WATERFALL_LOOKS[phase.name]
        rows.append(
            {
                "label": label,
                "css_class": css_class,
                "happened": phase.happened,
                "took_ms": phase.took_ms,
                "x": _per_mille(phase.begin_ms, total),
                "width": max(_per_mille(phase.took_ms, total), 4),
            }
        )
    return {"rows": rows, "total_ms": total}


def _per_mille(part: float, whole: float) -> int:
    return round(min(part / whole, 1) * 1000) if whole else 0


@register.inclusion_tag("components/status_bar.html")
def status_bar(
    cells: Sequence[Mapping[str, Any]], label: str = "Status over time"
) -> dict[str, object]:
    """Draw a row of equal cells, oldest first, such as the last 24 hours.

    Args:
        cells: Each with ``status`` (empty where nothing is known) and ``title``,
            the words that belong to it.
        label: What the whole bar shows, for those who cannot see it.
    """
    drawn = [
        {
            "x": index * 10,
            "tone": look_of(cell["status"]).tone if cell.get("status") else "none",
            "title": cell.get("title", ""),
        }
        for index, cell in enumerate(cells)
    ]
    return {"cells": drawn, "width": max(len(drawn) * 10 - 2, 1), "label": label}


@register.inclusion_tag("components/column_chart.html")
def column_chart(
    columns: Sequence[Mapping[str, Any]], label: str, good: str = "Delivered"
) -> dict[str, object]:
    """Draw counts over time as columns, what went wrong stacked on what went well.

    Args:
        columns: Oldest first, each with ``good``, ``bad`` and ``title``.
        label: What the chart shows, as a sentence with its figures.
        good: The word for what went well.
    """
    highest = max((c["good"] + c["bad"] for c in columns), default=0)
    drawn = []
    for index, column in enumerate(columns):
        bad_height = _column_height(column["bad"], highest)
        good_height = _column_height(column["good"], highest)
        drawn.append(
            {
                "x": index * 10,
                "title": column.get("title", ""),
                "good_y": 64 - good_height,
                "good_height": good_height,
                "bad_y": 64 - good_height - bad_height,
                "bad_height": bad_height,
            }
        )
    width = max(len(drawn) * 10 - 2, 1)
    return {"columns": drawn, "width": width, "label": label, "good": good}


@register.inclusion_tag("components/line_chart.html")
def line_chart(points: Sequence[Mapping[str, Any]], label: str) -> dict[str, object]:
    """Draw percents over time as a line, 100 at the top, with a line at 0.

    Args:
        points: Oldest first, each with ``value``, which may be below 0, and
            ``title``, the words that belong to it.
        label: What the chart shows, as a sentence with its figures.
    """
    # Far below nothing is as bad as twice nothing, and would flatten all the rest.
    values = [max(min(float(point["value"]), 100.0), -100.0) for point in points]
    lowest = min([0.0, *values])
    scale = 60 / (100 - lowest)
    drawn = [
        {
            "x": index * 10,
            "middle": index * 10 + 5,
            "y": round(2 + (100 - value) * scale, 1),
            "title": point.get("title", ""),
        }
        for index, (point, value) in enumerate(zip(points, values, strict=True))
    ]
    return {
        "points": drawn,
        "width": max(len(drawn) * 10, 1),
        "zero": round(2 + 100 * scale, 1),
        "label": label,
    }


def _column_height(count: int, highest: int) -> float:
    """Return a height out of 62; anything that is not nothing can be seen."""
    return round(max(count / highest * 62, 2), 1) if count and highest else 0
