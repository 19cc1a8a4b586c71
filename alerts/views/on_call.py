"""Pages about who is on call: the list, a schedule's calendar, its settings."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import access_of
from alerts import actions
from alerts.days import find_day_span
from alerts.models import OnCallRotation, OnCallSchedule
from alerts.on_call import find_coverage
from alerts.on_call_calendar import (
    VIEWS,
    Period,
    build_weeks,
    find_period,
    number_people,
    say_moment,
    say_span,
)
from alerts.on_call_forms import RotationForm, ScheduleForm
from integrations_project.lib.zones import find_zone

if TYPE_CHECKING:
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from django.forms import BaseForm
    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access
    from alerts.actions import Duty
    from alerts.on_call import Coverage, Person, Schedule

LIST_LIMIT = 200
GAPS_SHOWN = 5
#: The centuries that calendars are drawn of.
YEARS = range(2000, 2100)


@require_safe
def schedule_list(request: HttpRequest) -> HttpResponse:
    """List the schedules with who is on now and who is next."""
    access = access_of(request)
    rows = access.rows(OnCallSchedule).annotate(
        rotation_count=Count("rotations", distinct=True)
    )
    schedules = list(rows[:LIST_LIMIT])
    duties = actions.find_duties(schedules, now=timezone.now())
    context = {
        "rows": [
            {"schedule": row, **_tell_duty(duties[row.pk], find_zone(row.time_zone))}
            for row in schedules
        ],
        "person_feed_url": _find_person_feed(access) if schedules else "",
        "may_edit": access.may_use_every_network,
    }
    return render(request, "alerts/on_call_list.html", context)


@require_safe
def schedule_detail(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Show who is on call day by day, who is now, and what makes it so."""
    access = access_of(request)
    schedule = access.get(OnCallSchedule, schedule_id)
    now, zone = timezone.now(), find_zone(schedule.time_zone)
    today = now.astimezone(zone).date()
    period = _read_period(request, today)
    since, until = find_day_span(period.first, period.last, zone)
    plan = actions.read_plan(schedule, since=since, until=until)
    coverage = find_coverage(plan, since=since, until=until)
    overrides = schedule.overrides.select_related("user").filter(ends_at__gt=now)
    context = {
        "schedule": schedule,
        "period": period,
        "views": VIEWS.items(),
        "today": today,
        "duty": _tell_duty(actions.find_duty(schedule, now=now), zone),
        "rotations": schedule.rotations.prefetch_related(
            "members__user", "members__destination"
        ),
        "overrides": [
            {"row": row, "time": say_span((row.starts_at, row.ends_at), zone)}
            for row in overrides[:50]
        ],
        "policies": schedule.escalation_steps.select_related("policy"),
        "may_edit": access.may_edit(schedule),
        "feed_url": build_feed_url(schedule.feed_token),
    }
    context |= _draw(coverage, plan, period, zone=zone, today=today)
    return render(request, "alerts/on_call_detail.html", context)


def _draw(
    coverage: Coverage[Person],
    plan: Schedule[Person],
    period: Period,
    *,
    zone: ZoneInfo,
    today: date,
) -> dict[str, Any]:
    uncovered = sum((end - start for start, end in coverage.gaps), timedelta())
    return {
        "weeks": build_weeks(
            coverage, period, zone=zone, today=today, tones=number_people(plan)
        ),
        "gaps": [say_span(gap, zone) for gap in coverage.gaps[:GAPS_SHOWN]],
        "more_gaps": max(0, len(coverage.gaps) - GAPS_SHOWN),
        "uncovered": uncovered,
    }


def schedule_form(
    request: HttpRequest, schedule_id: UUID | None = None
) -> HttpResponse:
    """Create a schedule with its first rotation, or change its name and zone."""
    access = access_of(request)
    schedule = access.get(OnCallSchedule, schedule_id) if schedule_id else None
    _require_edit(access, schedule)
    instance = schedule or OnCallSchedule(organization=access.organization)
    form = ScheduleForm(request.POST or None, access=access, instance=instance)
    rotation = None if schedule else _new_rotation(request, access)
    forms: list[Any] = [form] if rotation is None else [form, rotation]
    if request.method == "POST" and _all_valid(forms) and "more" not in request.POST:
        new = None
        if rotation is not None:
            first = rotation.instance
            new = [actions.NewRotation(row=first, members=rotation.members)]
        actions.save_schedule(instance, rotations=new, actor=access.actor)
        messages.success(request, f"{instance.name} is saved.")
        return redirect(instance)
    context = {"form": form, "rotation_form": rotation, "schedule": schedule}
    return render(
        request, "alerts/on_call_form.html", context, status=find_code(*forms)
    )


def _new_rotation(request: HttpRequest, access: Access) -> RotationForm:
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    return RotationForm(
        request.POST or None,
        access=access,
        instance=OnCallRotation(),
        prefix="rotation",
        initial={"kind": "weekly", "starts_on": monday, "handover_time": "09:00"},
    )


def _all_valid(forms: list[BaseForm]) -> bool:
    # Each of them, so that all mistakes are shown together.
    judged = [form.is_valid() for form in forms]
    return all(judged)


def schedule_delete(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Delete a schedule, after saying who no longer asks it."""
    access = access_of(request)
    schedule = access.get(OnCallSchedule, schedule_id)
    _require_edit(access, schedule)
    if request.method == "POST":
        actions.delete_schedule(schedule, actor=access.actor)
        messages.success(request, f"{schedule.name} is deleted.")
        return redirect("alerts:on-call-list")
    steps = schedule.escalation_steps.select_related("policy")
    context = {
        "heading": f"Delete the on-call schedule “{schedule.name}”?",
        "consequences": [
            f"{schedule.rotations.count()} rotations and "
            f"{schedule.overrides.count()} overrides",
            "Its calendar feed: calendars that subscribe to it get a 404",
            *(f"A step of the escalation policy “{step.policy}”" for step in steps),
        ],
        "confirm_label": "Delete schedule",
        "cancel_url": schedule.get_absolute_url(),
    }
    return render(request, "components/confirm_page.html", context)


def schedule_rotate_feed(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Give the calendar feed another address, after asking."""
    access = access_of(request)
    schedule = access.get(OnCallSchedule, schedule_id)
    _require_edit(access, schedule)
    if request.method == "POST":
        actions.rotate_feed(schedule, actor=access.actor)
        messages.success(request, "The calendar feed has a new address.")
        return redirect(schedule)
    context = {
        "heading": f"Give the feed of “{schedule.name}” a new address?",
        "consequences": ["Calendars that subscribe to the old one get a 404 at once"],
        "confirm_label": "New address",
        "cancel_url": schedule.get_absolute_url(),
    }
    return render(request, "components/confirm_page.html", context)


@require_POST
def person_rotate_feed(request: HttpRequest) -> HttpResponse:
    """Give the feed of one's own shifts another address."""
    access = access_of(request)
    if access.user is not None:
        actions.get_person_feed(access.user, access.organization, renew=True)
        messages.success(request, "The feed of your shifts has a new address.")
    return redirect("alerts:on-call-list")


def build_feed_url(token: str) -> str:
    """Return the address that calendars subscribe to; empty without a token."""
    path = reverse("alerts:on-call-feed", args=[token]) if token else ""
    return settings.SITE_URL + path if path else ""


def find_code(*forms: Any) -> int:
    """Return 422 when one of the forms was refused."""
    refused = any(form.errors for form in forms)
    return HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK


def _require_edit(access: Access, schedule: OnCallSchedule | None) -> None:
    access.require_edit(schedule)
    if not access.may_use_every_network:
        access.require_admin()


def _find_person_feed(access: Access) -> str:
    person = (
        access.user
        and access.user.on_call_people.filter(organization=access.organization).first()
    )
    return build_feed_url(person.feed_token) if person else ""


def _read_period(request: HttpRequest, today: date) -> Period:
    view = request.GET.get("view", "")
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = today
    day = day if day.year in YEARS else today
    return find_period(view if view in VIEWS else "two-weeks", day)


def _tell_duty(duty: Duty, zone: ZoneInfo) -> dict[str, Any]:
    current, following = duty.current, duty.following
    return {
        "on": current,
        "until": duty.ends_at and _say(duty.ends_at, zone),
        "others": duty.others,
        "next": following,
        "next_at": following and _say(following.starts_at, zone),
        "zone": zone.key,
    }


def _say(moment: datetime, zone: ZoneInfo) -> str:
    return say_moment(moment, zone)
