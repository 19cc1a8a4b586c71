"""Pages that change a schedule: its rotations and overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.permissions import access_of
from alerts import actions
from alerts.actions import NewMember, NewRotation
from alerts.models import OnCallOverride, OnCallRotation, OnCallSchedule
from alerts.on_call_calendar import say_span
from alerts.on_call_forms import OverrideForm, RotationForm
from alerts.views.on_call import find_code
from integrations_project.lib.zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access


def rotation_form(
    request: HttpRequest, schedule_id: UUID, rotation_id: UUID | None = None
) -> HttpResponse:
    """Add a rotation, or change one with its people."""
    access, schedule = _open(request, schedule_id)
    rotation = _find(schedule.rotations, rotation_id) if rotation_id else None
    form = RotationForm(
        request.POST or None,
        access=access,
        instance=rotation or OnCallRotation(schedule=schedule),
        initial=None if rotation else _propose(schedule),
    )
    wants_more = "more" in request.POST
    if request.method == "POST" and form.is_valid() and not wants_more:
        new = NewRotation(row=form.instance, members=form.members)
        rows = [new if each.row == form.instance else each for each in _read(schedule)]
        _store(schedule, rows if rotation else [*rows, new], access)
        messages.success(request, f"{form.instance} is saved.")
        return redirect(schedule)
    context = {"form": form, "rotation": rotation, "schedule": schedule}
    status = 200 if wants_more else find_code(form)
    return render(request, "alerts/on_call_rotation_form.html", context, status=status)


@require_POST
def rotation_duplicate(
    request: HttpRequest, schedule_id: UUID, rotation_id: UUID
) -> HttpResponse:
    """Copy a rotation with its people, below the others, to be changed."""
    access, schedule = _open(request, schedule_id)
    _find(schedule.rotations, rotation_id)
    rows = _read(schedule)
    source = next(each for each in rows if each.row.pk == rotation_id)
    fields = {
        field.name: getattr(source.row, field.name)
        for field in OnCallRotation._meta.fields
        if field.name not in ("id", "schedule", "position")
    }
    fields["name"] = f"{source.row} (copy)"[:100]
    copy = OnCallRotation(schedule=schedule, **fields)
    try:
        _store(schedule, [*rows, NewRotation(row=copy, members=source.members)], access)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(schedule)
    messages.success(request, f"{copy} is made. Change what is different in it.")
    return redirect("alerts:on-call-rotation-edit", schedule.pk, copy.pk)


@require_POST
def rotation_move(
    request: HttpRequest, schedule_id: UUID, rotation_id: UUID
) -> HttpResponse:
    """Let a rotation win over the one above it."""
    access, schedule = _open(request, schedule_id)
    _find(schedule.rotations, rotation_id)
    rows = _read(schedule)
    place = next(n for n, each in enumerate(rows) if each.row.pk == rotation_id)
    if place:
        rows[place - 1 : place + 1] = [rows[place], rows[place - 1]]
        try:
            _store(schedule, rows, access)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    return redirect(schedule)


def rotation_delete(
    request: HttpRequest, schedule_id: UUID, rotation_id: UUID
) -> HttpResponse:
    """Remove a rotation, after asking."""
    access, schedule = _open(request, schedule_id)
    rotation = _find(schedule.rotations, rotation_id)
    if request.method == "POST":
        rows = [each for each in _read(schedule) if each.row.pk != rotation_id]
        try:
            _store(schedule, rows, access)
            messages.success(request, f"{rotation} is deleted.")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect(schedule)
    people = ", ".join(str(each.user) for each in rotation.members.all())
    context = {
        "heading": f"Delete the rotation “{rotation}”?",
        "consequences": [f"The turns of {people}"],
        "confirm_label": "Delete rotation",
        "cancel_url": schedule.get_absolute_url(),
    }
    return render(request, "components/confirm_page.html", context)


def override_form(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Put somebody in for a while; everybody who responds may."""
    access = access_of(request)
    access.require_respond()
    schedule = access.get(OnCallSchedule, schedule_id)
    override = OnCallOverride(schedule=schedule)
    form = OverrideForm(
        request.POST or None, access=access, instance=override, initial=_now(schedule)
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_override(form.instance, actor=access.actor)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{override.user} is on call instead.")
            return redirect(schedule)
    context = {"form": form, "schedule": schedule}
    return render(
        request, "alerts/on_call_override_form.html", context, status=find_code(form)
    )


def override_delete(
    request: HttpRequest, schedule_id: UUID, override_id: UUID
) -> HttpResponse:
    """Take an override back, after asking."""
    access = access_of(request)
    access.require_respond()
    schedule = access.get(OnCallSchedule, schedule_id)
    override = _find(schedule.overrides.select_related("user"), override_id)
    if request.method == "POST":
        actions.delete_override(override, actor=access.actor)
        messages.success(request, "The override is taken back.")
        return redirect(schedule)
    zone = find_zone(schedule.time_zone)
    span = say_span((override.starts_at, override.ends_at), zone)
    context = {
        "heading": f"Take back that {override.user} is on call instead?",
        "consequences": [f"From {span} the rotations decide again"],
        "confirm_label": "Take it back",
        "cancel_url": schedule.get_absolute_url(),
    }
    return render(request, "components/confirm_page.html", context)


def _open(request: HttpRequest, schedule_id: UUID) -> tuple[Access, OnCallSchedule]:
    access = access_of(request)
    schedule = access.get(OnCallSchedule, schedule_id)
    access.require_edit(schedule)
    return access, schedule


def _find(rows: Any, row_id: UUID) -> Any:
    found = rows.filter(pk=row_id).first()
    if found is None:
        raise Http404
    return found


def _read(schedule: OnCallSchedule) -> list[NewRotation]:
    rows = schedule.rotations.prefetch_related("members__user", "members__destination")
    return [
        NewRotation(
            row=row,
            members=[
                NewMember(user=member.user, destination=member.destination)
                for member in row.members.all()
            ],
        )
        for row in rows
    ]


def _store(
    schedule: OnCallSchedule, rows: Sequence[NewRotation], access: Access
) -> None:
    actions.save_schedule(schedule, rotations=list(rows), actor=access.actor)


def _propose(schedule: OnCallSchedule) -> dict[str, Any]:
    today = timezone.now().astimezone(find_zone(schedule.time_zone)).date()
    return {"kind": "weekly", "starts_on": today, "handover_time": "09:00"}


def _now(schedule: OnCallSchedule) -> dict[str, Any]:
    local = timezone.now().astimezone(find_zone(schedule.time_zone))
    return {"starts_at": f"{local:%Y-%m-%dT%H:%M}"}
