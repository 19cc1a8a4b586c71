"""Shorthand for windows and for what rules tell meanwhile."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts import actions
from alerts.models import Window
from webhooks.models import Delivery

HOUR = timedelta(hours=1)


def begin(service, *, kind="maintenance", services=None, **fields):
    """Save a window that is on since now, about the service unless it says more."""
    now = timezone.now()
    scoped = fields.keys() & {"company_wide", "labels", "networks"}
    window = Window(
        organization=service.organization,
        kind=kind,
        title="Upgrade",
        starts_at=now,
        ends_at=now + HOUR,
        **{k: v for k, v in fields.items() if k != "networks"},
    )
    return actions.save_window(
        window,
        actor=SYSTEM,
        now=now,
        networks=fields.get("networks", ()),
        services=services or (() if scoped else [service]),
    )


def end(window):
    return actions.end_window(window, actor=SYSTEM, now=timezone.now())


def told(target):
    """Return the types that rules sent, in their order, without what was cancelled."""
    rows = Delivery.objects.filter(destination=target).exclude(status="cancelled")
    return list(rows.order_by("pk").values_list("event_type", flat=True))
