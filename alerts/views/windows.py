"""Pages about silences and maintenance windows."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import access_of
from alerts import actions
from alerts.exceptions import AlertsError
from alerts.models import Incident, Service, Window
from alerts.on_call import find_moment
from alerts.window_forms import WindowForm
from alerts.window_words import say_occurrence, say_recurrence, say_until
from alerts.windows import find_current, find_next, list_occurrences
from integrations_project.lib.zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

LIST_LIMIT = 500
PAST_LIMIT = 50
HORIZON = timedelta(days=30)
#: How many times the preview names.
PREVIEW_LIMIT = 40
#: What the buttons on services and incidents offer.
QUICK = {"1h": timedelta(hours=1), "4h": timedelta(hours=4)}
MORNING = time(9)


class _Row(NamedTuple):
    """A window in the list."""

    window: Window
    when: str
    often: str
    scope: str
    is_on: bool
    may_edit: bool


@require_safe
def window_list(request: HttpRequest) -> HttpResponse:
    """List windows: those that are on, those that come, those that are over."""
    access, now = access_of(request), timezone.now()
    rows = access.rows(Window).prefetch_related("services", "networks")
    groups: dict[str, list[_Row]] = {"now": [], "upcoming": [], "past": []}
    for window in rows.order_by("-starts_at", "-pk")[:LIST_LIMIT]:
        name, row = _sort(window, access, now)
        groups[name].append(row)
    # The one that comes first stands first.
    groups["upcoming"].reverse()
    context = {
        "groups": [
            ("On now", groups["now"]),
            ("Upcoming", groups["upcoming"]),
            ("Past", groups["past"][:PAST_LIMIT]),
        ],
        "has_windows": any(groups.values()),
    }
    return render(request, "alerts/window_list.html", context)


def window_form(request: HttpRequest, window_id: UUID | None = None) -> HttpResponse:
    """Make a window, or change one; who may not change it sees it."""
    access = access_of(request)
    window = access.get(Window, window_id) if window_id else None
    may_edit = access.may_edit(window) if window else access.can_edit
    if request.method == "POST" or window is None:
        access.require_edit(window)
    form = WindowForm(
        request.POST or None, access=access, instance=window or _new(request)
    )
    if not may_edit:
        form.disable()
    if request.method == "POST" and form.is_valid():
        saved = actions.save_window(
            form.instance, actor=access.actor, now=timezone.now(), **form.related
        )
        messages.success(request, _say_saved(saved))
        return redirect("alerts:window-list")
    context = {
        "form": form,
        "window": window,
        "may_edit": may_edit,
        "is_on": bool(window and window.active_until),
        "may_cancel": bool(window and may_edit and _may_cancel(window)),
        **_preview(window),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "alerts/window_form.html", context, status=status)


@require_POST
def window_preview(request: HttpRequest) -> HttpResponse:
    """Say when a window that is not saved would be on in the next 30 days."""
    access = access_of(request)
    access.require_edit()
    form = WindowForm(request.POST, access=access, instance=_new(request))
    asked = {"starts_at", "ends_at", "time_zone", "recurrence", "weekdays"}
    asked.add("recurs_until")
    wrong = [form.errors[name] for name in form.errors if name in asked]
    context = {"wrong": wrong} if wrong else _preview(form.instance)
    return render(request, "alerts/_window_preview.html", context)


@require_POST
def window_end(request: HttpRequest, window_id: UUID) -> HttpResponse:
    """End what is on now."""
    access = access_of(request)
    window = access.get(Window, window_id)
    access.require_edit(window)
    try:
        actions.end_window(window, actor=access.actor, now=timezone.now())
    except AlertsError as error:
        messages.info(request, str(error))
    else:
        messages.success(request, f"“{window.title}” is over now.")
    return redirect("alerts:window-list")


@require_POST
def window_cancel(request: HttpRequest, window_id: UUID) -> HttpResponse:
    """Let it not come any more."""
    access = access_of(request)
    window = access.get(Window, window_id)
    access.require_edit(window)
    try:
        actions.cancel_window(window, actor=access.actor, now=timezone.now())
    except AlertsError as error:
        messages.info(request, str(error))
    else:
        messages.success(request, f"“{window.title}” is cancelled.")
    return redirect("alerts:window-list")


def window_delete(request: HttpRequest, window_id: UUID) -> HttpResponse:
    """Delete a window, after asking."""
    access = access_of(request)
    window = access.get(Window, window_id)
    access.require_edit(window)
    if request.method == "POST":
        actions.delete_window(window, actor=access.actor)
        messages.success(request, f"“{window.title}” is deleted.")
        return redirect("alerts:window-list")
    context = {
        "heading": f"Delete “{window.title}”?",
        "text": "It ends now if it is on, and status pages no longer show it.",
        "consequences": [f"{window.status_posts.count()} posts about it"],
        "confirm_label": "Delete window",
        "cancel_url": reverse("alerts:window-detail", args=[window.pk]),
    }
    return render(request, "components/confirm_page.html", context)


@require_POST
def service_silence(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Silence one service for a while."""
    access = access_of(request)
    service = access.get(Service, service_id)
    access.require_edit(service)
    _silence(request, service.name, [service])
    return redirect(service)


@require_POST
def incident_silence(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Silence the services that an incident still affects for a while."""
    access = access_of(request)
    incident = access.get(Incident, incident_id)
    access.require_edit()
    affected = Service.objects.filter(
        affecting__incident=incident, affecting__resolved_at=None
    )
    services = list(affected.distinct())
    for service in services:
        access.require_edit(service)
    if services:
        _silence(request, str(incident), services)
    else:
        messages.info(request, "No service is affected any more: nothing to silence.")
    return redirect(incident)


def _silence(request: HttpRequest, name: str, services: list[Service]) -> None:
    access, now = access_of(request), timezone.now()
    zone_name = actions.find_preferences(access.organization).time_zone
    window = Window(
        organization=access.organization,
        kind=Window.Kind.SILENCE,
        title=f"Silence of {name}"[:200],
        starts_at=now,
        ends_at=_find_end(request.POST.get("for", ""), now, zone_name),
        time_zone=zone_name,
        is_public=False,
    )
    actions.save_window(
        window, actor=access.actor, now=now, networks=(), services=services
    )
    until = say_until(window.ends_at, zone_name, now=now)
    messages.success(request, f"Rules say nothing of {name} until {until}.")


def _find_end(choice: str, now: datetime, zone_name: str) -> datetime:
    if choice == "tomorrow":
        zone = find_zone(zone_name)
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return find_moment(tomorrow, MORNING, zone)
    if choice not in QUICK:
        raise Http404
    return now + QUICK[choice]


def _sort(window: Window, access: Access, now: datetime) -> tuple[str, _Row]:
    """Return where a window stands in the list, and how."""
    current = find_current(window, now)
    following = find_next(window, now)
    is_on = window.active_until is not None
    shown = current or following or (window.starts_at, window.ends_at)
    row = _Row(
        window=window,
        when=say_occurrence(*shown, window.time_zone),
        often=say_recurrence(window.recurrence, window.weekdays, window.recurs_until),
        scope=_say_scope(window),
        is_on=is_on,
        may_edit=access.may_edit_networks(
            window.find_network_ids(window.networks.all(), window.services.all())
        ),
    )
    if is_on:
        return "now", row
    return ("upcoming" if current or following else "past"), row


def _say_scope(window: Window) -> str:
    if window.company_wide:
        return "Everything"
    names = [str(each) for each in window.services.all()]
    names += [f"network {each}" for each in window.networks.all()]
    names += [f"{name}: {value}" for name, value in window.labels.items()]
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")


def _preview(window: Window | None) -> dict[str, object]:
    """Return when it is on in the next 30 days, as people say it."""
    if window is None or window.starts_at is None:
        return {}
    now = timezone.now()
    found = list_occurrences(window, since=now, until=now + HORIZON)
    return {
        "occurrences": _say_all(found[:PREVIEW_LIMIT], window.time_zone),
        "more": max(len(found) - PREVIEW_LIMIT, 0),
        "zone": window.time_zone,
        "is_previewed": True,
    }


def _say_all(found: Iterable[tuple[datetime, datetime]], zone: str) -> list[str]:
    return [say_occurrence(start, end, zone) for start, end in found]


def _say_saved(window: Window) -> str:
    if window.active_until is not None:
        until = say_until(window.active_until, window.time_zone, now=timezone.now())
        return f"“{window.title}” is on until {until}."
    following = find_next(window, timezone.now())
    if following is None:
        return f"“{window.title}” is saved."
    return f"“{window.title}” is saved: {say_occurrence(*following, window.time_zone)}."


def _may_cancel(window: Window) -> bool:
    now = timezone.now()
    to_come = window.active_until or find_current(window, now) or find_next(window, now)
    return window.cancelled_at is None and bool(to_come)


def _new(request: HttpRequest) -> Window:
    organization = access_of(request).organization
    zone = actions.find_preferences(organization).time_zone
    return Window(organization=organization, time_zone=zone)
