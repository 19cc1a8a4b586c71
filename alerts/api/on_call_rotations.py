"""The rotations of an on-call schedule as one document of the REST API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Membership, User
from alerts.actions import NewMember, NewRotation, find_rotation_errors
from alerts.models import OnCallRotation, OnCallSchedule
from integrations_project.lib.api.fields import Choice, Number, Text
from integrations_project.lib.api.serializers import Input
from integrations_project.lib.json_types import describe_json, quote
from webhooks.models import Destination

if TYPE_CHECKING:
    from accounts.permissions import Access

MAX_ROTATIONS = 20
MAX_MEMBERS = 50
_CLOCK = {"type": "string", "format": "time", "nullable": True}
_DAY = {"type": "string", "format": "date"}
_ROTATION: dict[str, Any] = {
    "type": "object",
    "required": ["starts_on", "handover_time", "members"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string", "maxLength": 100},
        "kind": {"type": "string", "enum": OnCallRotation.Kind.values},
        "shift_days": {"type": "integer", "minimum": 1, "maximum": 365},
        "starts_on": _DAY,
        "ends_on": _DAY | {"nullable": True},
        "handover_time": {"type": "string", "format": "time"},
        "active_from": _CLOCK,
        "active_to": _CLOCK,
        "weekdays": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0, "maximum": 6},
        },
        "members": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["user"],
                "properties": {
                    "user": {"type": "string", "description": "An id or an e-mail."},
                    "name": {"type": "string", "readOnly": True},
                    "email": {"type": "string", "readOnly": True},
                    "webhook": {
                        "type": "string",
                        "format": "uuid",
                        "nullable": True,
                    },
                },
            },
        },
    },
}


class RotationInput(Input):
    """A rotation as it is written, without its people."""

    name = Text(required=False, allow_blank=True, default="")
    kind = Choice(choices=OnCallRotation.Kind.choices, default="weekly")
    shift_days = Number(default=7)
    starts_on = serializers.DateField(
        error_messages={"invalid": "Write a day such as 2026-11-30."}
    )
    ends_on = serializers.DateField(
        default=None,
        allow_null=True,
        error_messages={"invalid": "Write a day such as 2026-11-30, or null."},
    )
    handover_time = serializers.TimeField(
        error_messages={"invalid": "Write a time such as 09:00."}
    )
    active_from = serializers.TimeField(
        default=None,
        allow_null=True,
        error_messages={"invalid": "Write a time such as 08:00, or null."},
    )
    active_to = serializers.TimeField(
        default=None,
        allow_null=True,
        error_messages={"invalid": "Write a time such as 18:00, or null."},
    )
    weekdays = serializers.JSONField(default=list)  # type: ignore[arg-type]  # a list is JSON too


@extend_schema_field({"type": "array", "items": _ROTATION})
class Rotations(serializers.Field[Any, Any, Any, Any]):
    """All rotations of a schedule, the strongest first; others are removed.

    One with the id of a stored rotation changes that one.
    """

    def to_internal_value(self, data: Any) -> list[NewRotation]:
        if not isinstance(data, list):
            message = f"Write a list of rotations, not {describe_json(data)}."
            raise serializers.ValidationError(message)
        if len(data) > MAX_ROTATIONS:
            message = f"A schedule has at most {MAX_ROTATIONS} rotations."
            raise serializers.ValidationError(message)
        people = find_people(self.context["access"], data)
        found, sentences = [], []
        for number, given in enumerate(data, 1):
            try:
                found.append(self._read(given, people))
            except _Refused as refused:
                sentences += [f"Rotation {number}{each}" for each in refused.sentences]
        if sentences:
            raise serializers.ValidationError(sentences)
        return found

    def to_representation(self, value: Any) -> list[Any]:
        return [show_rotation(row) for row in value.all()]

    def _read(self, given: Any, people: Mapping[str, User]) -> NewRotation:
        if not isinstance(given, dict):
            raise _Refused([f": write an object, not {describe_json(given)}."])
        values = {k: v for k, v in given.items() if k not in ("id", "members")}
        bound = RotationInput(data=values, context=self.context)
        if not bound.is_valid():
            raise _Refused.of(bound.errors)
        row = self._find_row(given.get("id"))
        for name, value in bound.validated_data.items():
            setattr(row, name, value)
        members = _read_members(given.get("members"), people, self.context["access"])
        organization = self.context["access"].organization
        errors = find_rotation_errors(row, members, organization=organization)
        if errors:
            raise _Refused.of(errors)
        return NewRotation(row=row, members=members)

    def _find_row(self, row_id: Any) -> OnCallRotation:
        if row_id is None:
            return OnCallRotation()
        schedule: OnCallSchedule | None = getattr(self.parent, "instance", None)
        rows = [] if schedule is None else list(schedule.rotations.all())
        for row in rows:
            if str(row.pk) == str(row_id).lower():
                return row
        raise _Refused([f", id: there is no rotation {quote(str(row_id))} here."])


class _Refused(Exception):
    """A part of a document that cannot be read; each sentence goes after its place."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(*sentences)
        self.sentences = sentences

    @classmethod
    def of(cls, errors: Mapping[str, Any]) -> _Refused:
        """Return it for errors by field."""
        return cls(
            [
                f", {name}: {sentence}"
                for name, sentences in errors.items()
                for sentence in sentences
            ]
        )


def find_people(access: Access, data: list[Any]) -> dict[str, User]:
    """Return the members that a document names, by id and by e-mail."""
    named = [
        str(member["user"]).strip().lower()
        for rotation in data
        if isinstance(rotation, dict) and isinstance(rotation.get("members"), list)
        for member in rotation["members"]
        if isinstance(member, dict) and isinstance(member.get("user"), str)
    ]
    ids = [each for each in named if _is_uuid(each)]
    rows = Membership.objects.filter(
        Q(user__email__in=named) | Q(user__in=ids), organization=access.organization
    ).select_related("user")
    found: dict[str, User] = {}
    for row in rows[: MAX_ROTATIONS * MAX_MEMBERS]:
        found[str(row.user_id)] = found[row.user.email] = row.user
    return found


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


class RotationsInput(Input):
    """The rotations alone, as the admin takes them."""

    rotations = Rotations()


def _read_members(
    given: Any, people: Mapping[str, User], access: Access
) -> list[NewMember]:
    if not isinstance(given, list):
        raise _Refused([', members: write a list such as [{"user": "ann@acme.com"}].'])
    if len(given) > MAX_MEMBERS:
        raise _Refused([f", members: at most {MAX_MEMBERS} people are taken."])
    return [_read_member(member, people, access) for member in given]


def _read_member(given: Any, people: Mapping[str, User], access: Access) -> NewMember:
    if not isinstance(given, dict) or not isinstance(given.get("user"), str):
        raise _Refused([', members: write {"user": "<id or e-mail>"} for a person.'])
    if unknown := given.keys() - {"user", "name", "email", "webhook"}:
        name = quote(sorted(map(str, unknown))[0])
        raise _Refused([f", members: a person has no field {name}."])
    user = people.get(given["user"].strip().lower())
    if user is None:
        who = quote(given["user"])
        raise _Refused([f", members: {who} is no member of this organization."])
    webhook = given.get("webhook")
    if webhook is None:
        return NewMember(user=user)
    rows = access.rows(Destination).filter(managed_by="")
    found = rows.filter(pk=webhook).first() if _is_uuid(str(webhook)) else None
    if found is None:
        who = quote(str(webhook))
        raise _Refused([f", members: There is no webhook with the id {who}."])
    return NewMember(user=user, destination=found)


def show_rotation(row: OnCallRotation) -> dict[str, Any]:
    """Return a rotation with its people, as it may be written again."""
    return {
        "id": str(row.pk),
        "name": row.name,
        "kind": row.kind,
        "shift_days": row.shift_days,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on and row.ends_on.isoformat(),
        "handover_time": row.handover_time.isoformat(),
        "active_from": row.active_from and row.active_from.isoformat(),
        "active_to": row.active_to and row.active_to.isoformat(),
        "weekdays": row.weekdays,
        "members": [
            {
                "user": str(member.user_id),
                "name": str(member.user),
                "email": member.user.email,
                "webhook": str(member.destination_id)
                if member.destination_id
                else None,
            }
            for member in row.members.all()
        ],
    }
