"""`/api/v1/on-call-schedules`: who is on call, and what makes it so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import actions
from alerts.api.on_call_serializers import (
    NowSerializer,
    OverrideInput,
    OverrideSerializer,
    ScheduleSerializer,
    ShiftsSerializer,
    show_shift,
)
from alerts.models import OnCallOverride, OnCallSchedule
from alerts.on_call import find_coverage
from integrations_project.lib.api.fields import write_time
from integrations_project.lib.api.filters import by_text, parse_time
from integrations_project.lib.api.paging import CursorPages
from integrations_project.lib.api.resources import Configurable
from integrations_project.lib.json_types import quote

if TYPE_CHECKING:
    from alerts.on_call import Person, Shift

USUAL_PERIOD = timedelta(days=14)
LONGEST_PERIOD = timedelta(days=366)
YEARS = range(2000, 2100)
SINCE = OpenApiParameter("since", description="Now, unless it is given.")
UNTIL = OpenApiParameter("until", description="Two weeks after; at most 366 days.")


class OnCallScheduleResource(Configurable):
    """On-call schedules, each with its rotations as one document."""

    model = OnCallSchedule
    serializer_class = ScheduleSerializer
    filters = {"name": by_text("name")}

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related("rotations__members__user")

    def make(self, serializer: ScheduleSerializer) -> tuple[Any, dict[str, Any]]:
        return self._store(serializer), {}

    def save(self, serializer: ScheduleSerializer) -> OnCallSchedule:
        return self._store(serializer)

    def remove(self, row: OnCallSchedule) -> None:
        actions.delete_schedule(row, actor=self.access.actor)

    def _store(self, serializer: ScheduleSerializer) -> OnCallSchedule:
        self.require_networks([])
        return actions.save_schedule(
            serializer.row,
            rotations=serializer.validated_data.get("rotations"),
            actor=self.access.actor,
        )

    @extend_schema(parameters=[SINCE, UNTIL], responses=ShiftsSerializer)
    @action(detail=True, pagination_class=None)
    def shifts(self, request: Request, pk: str) -> Response:
        """Who is on call from when to when, and when nobody is, cut to the period."""
        schedule = self.get_object()
        since, until = self._read_period()
        plan = actions.read_plan(schedule, since=since, until=until)
        found = find_coverage(plan, since=since, until=until)
        return Response(
            {
                "since": write_time(since),
                "until": write_time(until),
                "shifts": [show_shift(shift) for shift in found.shifts],
                "gaps": [
                    {"starts_at": write_time(start), "ends_at": write_time(end)}
                    for start, end in found.gaps
                ],
            }
        )

    @extend_schema(responses=NowSerializer)
    @action(detail=True, pagination_class=None)
    def now(self, request: Request, pk: str) -> Response:
        """Who is on call now, who else is named, and who is next; null is nobody.

        `ends_at` is null when nobody else takes over as far as one looks ahead.
        """
        moment = timezone.now()
        duty = actions.find_duty(self.get_object(), now=moment)
        return Response(
            {
                "at": write_time(moment),
                "on_call": _show_duty(duty),
                "others": [show_shift(shift) for shift in duty.others],
                "next": _show(duty.following),
            }
        )

    @extend_schema(responses=OverrideSerializer(many=True))
    @action(detail=True, pagination_class=CursorPages)
    def overrides(self, request: Request, pk: str) -> Response:
        """Who is on call instead, the last one made first."""
        rows = OnCallOverride.objects.select_related("user")
        page = self.paginate_queryset(
            self.filter_queryset(rows.filter(schedule=self.get_object()))
        )
        return self.get_paginated_response(OverrideSerializer(page, many=True).data)

    @extend_schema(request=OverrideInput, responses={201: OverrideSerializer})
    @overrides.mapping.post
    def add_override(self, request: Request, pk: str) -> Response:
        """Put somebody in for a while."""
        self.access.require_respond()
        schedule = self.get_object()
        values = self.read_input(OverrideInput).validated_data
        override = OnCallOverride(schedule=schedule, **values)
        made = actions.add_override(override, actor=self.access.actor)
        return Response(OverrideSerializer(made).data, status=201)

    @extend_schema(responses={204: None})
    @action(
        detail=True,
        methods=["delete"],
        url_path=r"overrides/(?P<override_id>[^/]+)",
        url_name="override",
    )
    def remove_override(self, request: Request, pk: str, override_id: str) -> Response:
        """Take an override back."""
        self.access.require_respond()
        schedule = self.get_object()
        try:
            override = schedule.overrides.get(pk=override_id)
        except (OnCallOverride.DoesNotExist, ValueError, ValidationError):
            raise Http404 from None
        actions.delete_override(override, actor=self.access.actor)
        return Response(status=204)

    @extend_schema(request=None, responses=ScheduleSerializer)
    @action(detail=True, methods=["post"], url_path="rotate-feed")
    def rotate_feed(self, request: Request, pk: str) -> Response:
        """Give the calendar feed another address; the old one ends at once."""
        schedule = self.get_object()
        self.access.require_edit(schedule)
        actions.rotate_feed(schedule, actor=self.access.actor)
        return self.answer(schedule)

    def _read_period(self) -> tuple[datetime, datetime]:
        given = self.request.query_params
        errors: dict[str, Any] = {
            name: [f"There is no filter {quote(name)} here; use since, until."]
            for name in given
            if name not in ("since", "until")
        }
        moments: dict[str, datetime] = {}
        for name in ("since", "until"):
            try:
                if name in given:
                    moments[name] = _check_year(parse_time(given[name]))
            except serializers.ValidationError as error:
                errors[name] = error.detail
        since = moments.get("since") or timezone.now()
        until = moments.get("until") or since + USUAL_PERIOD
        if not errors and not since < until <= since + LONGEST_PERIOD:
            message = "Ask for a time after since, at most 366 days later."
            errors["until"] = [message]
        if errors:
            raise serializers.ValidationError(errors)
        return since, until


def _check_year(moment: datetime) -> datetime:
    if moment.year not in YEARS:
        message = "Ask for a time of this century."
        raise serializers.ValidationError([message])
    return moment


def _show_duty(duty: actions.Duty) -> dict[str, Any] | None:
    if duty.current is None:
        return None
    ends_at = duty.ends_at and write_time(duty.ends_at)
    return show_shift(duty.current) | {"ends_at": ends_at}


def _show(shift: Shift[Person] | None) -> dict[str, Any] | None:
    return None if shift is None else show_shift(shift)
