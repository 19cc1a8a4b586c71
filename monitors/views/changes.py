"""What changed at a monitor: unseen changes to be pulled, and the whole log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import access_of
from monitors.actions import pulling
from monitors.change_words import tell_changes, tell_entry
from monitors.exceptions import InvalidFilter
from monitors.filters import MAX_LENGTH
from monitors.views.monitors import describe_monitor, get_monitor

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from monitors.models import Schedule

CHANGES_SHOWN = 25
ENTRIES_SHOWN = 20
#: Of the log; further back leads the filter.
MAX_OFFSET = 10_000


@require_http_methods(["GET", "HEAD", "POST"])
def monitor_changes(request: HttpRequest, monitor_id: UUID) -> HttpResponse:
    """Show the changes that nobody has seen; a POST takes them for seen.

    It is the same list that a client of the API pulls.
    """
    access = access_of(request)
    monitor = get_monitor(access, monitor_id)
    if request.method == "POST":
        access.require_edit(monitor)
        return _mark_seen(request, monitor)
    text = _read_filter(request.GET.get("filter", ""))
    context: dict[str, Any] = {"filter_text": text, **describe_monitor(access, monitor)}
    try:
        found = pulling.list_changes(
            monitor, filter_text=text, mark_seen=False, now=timezone.now()
        )
    except InvalidFilter as error:
        context["mistake"] = error.message
    else:
        shown = found.changes[:CHANGES_SHOWN]
        context["told"] = tell_changes(shown, is_filtered=bool(text))
        context["count"] = len(found.changes)
        context["has_more"] = found.has_more
        context["left_out_count"] = len(found.changes) - len(shown)
    return render(request, "monitors/monitor_changes.html", context)


def _mark_seen(request: HttpRequest, monitor: Schedule) -> HttpResponse:
    text = _read_filter(request.POST.get("filter", ""))
    try:
        found = pulling.list_changes(
            monitor, filter_text=text, mark_seen=True, now=timezone.now()
        )
    except InvalidFilter as error:
        messages.error(request, error.message)
    else:
        count = len(found.changes)
        what = "1 change is" if count == 1 else f"{count:,} changes are"
        messages.success(request, f"{what} taken for seen; the changelog has all.")
    return redirect("monitors:monitor-changes", monitor_id=monitor.pk)


@require_safe
def monitor_changelog(request: HttpRequest, monitor_id: UUID) -> HttpResponse:
    """Show what changed run by run, seen or not, the newest first."""
    access = access_of(request)
    monitor = get_monitor(access, monitor_id)
    text = _read_filter(request.GET.get("filter", ""))
    offset = _read_offset(request.GET.get("offset", ""))
    context: dict[str, Any] = {"filter_text": text, **describe_monitor(access, monitor)}
    try:
        found = pulling.list_changelog(
            monitor, filter_text=text, limit=ENTRIES_SHOWN, offset=offset
        )
    except InvalidFilter as error:
        context["mistake"] = error.message
    else:
        context["told"] = [tell_entry(each) for each in found.entries]
        context["total"] = found.total
        if offset:
            context["newer_url"] = _url(request, max(0, offset - ENTRIES_SHOWN))
        if found.has_more and offset + ENTRIES_SHOWN <= MAX_OFFSET:
            context["older_url"] = _url(request, offset + ENTRIES_SHOWN)
    return render(request, "monitors/monitor_changelog.html", context)


def _read_filter(text: str) -> str:
    return text.replace("\x00", "").strip()[: MAX_LENGTH + 1]


def _read_offset(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 7
    return min(int(text), MAX_OFFSET) if is_number else 0


def _url(request: HttpRequest, offset: int) -> str:
    query = request.GET.copy()
    query.pop("offset", None)
    if offset:
        query["offset"] = str(offset)
    return f"{request.path}?{query.urlencode()}"
