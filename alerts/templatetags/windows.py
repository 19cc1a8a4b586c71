"""Draws what windows that are on mean for services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils import timezone

from alerts.actions.quiet import list_service_windows
from alerts.window_words import say_window

if TYPE_CHECKING:
    from alerts.models import Service

register = template.Library()


@register.inclusion_tag("alerts/_windows_now.html")
def windows_now(service: Service) -> dict[str, Any]:
    """Say that a service is under maintenance or silenced, and until when."""
    now = timezone.now()
    found = list_service_windows(service.organization_id, [service], now=now)
    notes = [
        {
            "text": say_window(
                each.title,
                each.until,
                each.time_zone,
                is_maintenance=each.is_maintenance,
                now=now,
            ),
            "icon": "wrench" if each.is_maintenance else "bell-off",
            "url": reverse("alerts:window-detail", args=[each.id]),
        }
        for each in found[service.pk]
    ]
    return {"notes": notes}
