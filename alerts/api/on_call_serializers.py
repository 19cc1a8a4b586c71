"""What on-call schedules look like in the REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts.api.on_call_rotations import Rotations, find_people
from alerts.models import OnCallOverride, OnCallSchedule
from integrations_project.lib.api.fields import Text, Time, write_time
from integrations_project.lib.api.serializers import Errors, Input, RowSerializer
from integrations_project.lib.json_types import quote
from integrations_project.lib.zones import list_zones

if TYPE_CHECKING:
    from alerts.on_call import Person, Shift

_USER = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string"},
        "email": {"type": "string"},
    },
}


class ScheduleSerializer(RowSerializer):
    """Says at every moment who is on call."""

    constraint_field = "name"

    rotations = Rotations(required=False)
    feed_url = serializers.SerializerMethodField()

    class Meta:
        model = OnCallSchedule
        fields = (
            "id",
            "name",
            "time_zone",
            "rotations",
            "feed_url",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "created_at", "updated_at")

    def get_feed_url(self, schedule: OnCallSchedule) -> str | None:
        """Return the secret address of its calendar, for those who may edit it."""
        if not self.context["access"].may_edit(schedule) or not schedule.feed_token:
            return None
        path = reverse("alerts:on-call-feed", args=[schedule.feed_token])
        return str(settings.SITE_URL) + path

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        super().judge(values, errors, data)
        if "time_zone" not in errors and self.row.time_zone not in list_zones():
            errors["time_zone"] = ["Write a zone such as Europe/Berlin or UTC."]


class OverrideInput(Input):
    """Somebody who is on call instead."""

    user = Text()
    starts_at = Time()
    ends_at = Time()
    reason = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=200
    )

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        super().judge(values, errors, data)
        if "user" not in values:
            return
        named = [{"members": [{"user": values["user"]}]}]
        people = find_people(self.context["access"], named)
        user = people.get(values["user"].strip().lower())
        if user is None:
            who = quote(values["user"])
            errors["user"] = [f"{who} is no member of this organization."]
        values["user"] = user


class OverrideSerializer(serializers.ModelSerializer[OnCallOverride]):
    """Somebody else for a while."""

    user = serializers.SerializerMethodField()
    starts_at = Time(read_only=True)
    ends_at = Time(read_only=True)

    class Meta:
        model = OnCallOverride
        fields = ("id", "user", "starts_at", "ends_at", "reason", "created_by")
        read_only_fields = fields

    @extend_schema_field(_USER)
    def get_user(self, override: OnCallOverride) -> dict[str, str]:
        """Return who is on call instead."""
        user = override.user
        return {"id": str(user.pk), "name": str(user), "email": user.email}


_SHIFT: dict[str, Any] = {
    "type": "object",
    "nullable": True,
    "properties": {
        "starts_at": {"type": "string", "format": "date-time"},
        "ends_at": {"type": "string", "format": "date-time"},
        "user": _USER,
        "rotation": {"type": "string", "nullable": True},
        "is_override": {"type": "boolean"},
        "reason": {"type": "string"},
    },
}


class ShiftsSerializer(serializers.Serializer[Any]):
    """Who is on call in a period; the schema alone reads this."""

    since = Time(read_only=True)
    until = Time(read_only=True)
    shifts = extend_schema_field({"type": "array", "items": _SHIFT})(
        serializers.JSONField
    )(read_only=True)
    gaps = serializers.JSONField(read_only=True)


class NowSerializer(serializers.Serializer[Any]):
    """Who is on call at a moment; the schema alone reads this."""

    at = Time(read_only=True)
    on_call = serializers.JSONField(read_only=True, allow_null=True)
    others = serializers.JSONField(read_only=True)
    next = serializers.JSONField(read_only=True, allow_null=True)


def show_shift(shift: Shift[Person]) -> dict[str, Any]:
    """Return a shift; its rotation is null for an override."""
    who = shift.who
    return {
        "starts_at": write_time(shift.starts_at),
        "ends_at": write_time(shift.ends_at),
        "user": {"id": str(who.user_id), "name": who.name, "email": who.email},
        "rotation": None if shift.is_override else shift.layer,
        "is_override": shift.is_override,
        "reason": shift.layer if shift.is_override else "",
    }
