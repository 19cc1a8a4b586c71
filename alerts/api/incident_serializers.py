"""What incidents take and show over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Membership, Network, User
from alerts.models import Incident, IncidentEntry, IncidentService, Service
from alerts.snapshots import build_incident_snapshot
from integrations_project.lib.api.fields import Choice, Names, References, Text, Time
from integrations_project.lib.api.serializers import Errors, Input
from integrations_project.lib.json_types import quote

HINTS = {
    "status": "Resolve it with POST /api/v1/incidents/<id>/resolve.",
    "acknowledged": "Acknowledge it with POST /api/v1/incidents/<id>/acknowledge.",
}
#: What else an edit may not change, and which address does.
ELSEWHERE = {
    "owner": "Assign it with POST /api/v1/incidents/<id>/assign.",
    "services": "Change them with POST /api/v1/incidents/<id>/services.",
    "merged_into": "Merge it with POST /api/v1/incidents/<id>/merge.",
}


class EntrySerializer(serializers.ModelSerializer[IncidentEntry]):
    """One line of the timeline."""

    actor = serializers.CharField(source="actor_label", read_only=True)
    created_at = Time(read_only=True)

    class Meta:
        model = IncidentEntry
        fields = ("id", "kind", "message", "actor", "created_at")
        read_only_fields = fields


class HomeSerializer(serializers.ModelSerializer[Network]):
    """The network of a service."""

    class Meta:
        model = Network
        fields = ("id", "label")
        read_only_fields = fields


class AffectedSerializer(serializers.ModelSerializer[Service]):
    """A service that an incident is about, as it is now."""

    network = HomeSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Service
        fields = (
            "id",
            "name",
            "status",
            "group",
            "entity_type",
            "absolute_path",
            "labels",
            "network",
        )
        read_only_fields = fields


class PairSerializer(serializers.Serializer[Any]):
    """A name and a value by which a sender tells a failure apart."""

    name = serializers.CharField()
    value = serializers.CharField()


class LinkSerializer(serializers.ModelSerializer[IncidentService]):
    """One state of a service within an incident: a receiver may tell several apart."""

    id = serializers.CharField(read_only=True)
    service = serializers.CharField(source="service_id", read_only=True)
    group = PairSerializer(many=True, read_only=True, allow_null=True)
    linked_at = Time(read_only=True)
    resolved_at = Time(read_only=True, allow_null=True)

    class Meta:
        model = IncidentService
        fields = (
            "id",
            "service",
            "key",
            "group",
            "source_kind",
            "source_label",
            "linked_at",
            "resolved_at",
        )
        read_only_fields = fields


class OwnerSerializer(serializers.Serializer[Any]):
    """Who sees to it."""

    id = serializers.CharField()
    name = serializers.CharField()


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    """Something is wrong with one or more services."""

    acknowledged_at = Time(read_only=True, allow_null=True)
    acknowledged_by = serializers.CharField(read_only=True, allow_null=True)
    owner = OwnerSerializer(read_only=True, allow_null=True)
    merged_into = serializers.CharField(read_only=True, allow_null=True)
    opened_at = Time(read_only=True)
    resolved_at = Time(read_only=True, allow_null=True)
    updated_at = Time(read_only=True)
    services = AffectedSerializer(many=True, read_only=True)
    affected = LinkSerializer(many=True, read_only=True)
    receiver = serializers.CharField(read_only=True, allow_null=True)
    monitors = serializers.ListField(child=serializers.CharField(), read_only=True)
    updates = EntrySerializer(many=True, read_only=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Incident
        fields = (
            "id",
            "number",
            "title",
            "status",
            "severity",
            "acknowledged",
            "acknowledged_at",
            "acknowledged_by",
            "owner",
            "opened_at",
            "resolved_at",
            "updated_at",
            "services",
            "affected",
            "receiver",
            "monitors",
            "labels",
            "post_mortem",
            "merged_into",
            "updates",
            "url",
            "source_kind",
            "source_label",
            "trace",
        )
        read_only_fields = fields

    def to_representation(self, instance: Incident) -> dict[str, Any]:
        entries = getattr(instance, "newest_entries", None)
        return build_incident_snapshot(instance, entries=entries)


class EditIncidentSerializer(Input):
    """What may be corrected on an incident."""

    title = Text(max_length=200)
    severity = Choice(choices=Incident.Severity.choices, required=False)
    labels = Names(required=False)
    post_mortem = serializers.CharField(
        required=False, allow_blank=True, max_length=50_000
    )

    def find_unknown(self, data: Any) -> Errors:
        known = IncidentSerializer.Meta.fields
        mine = {name: value for name, value in data.items() if name not in known}
        errors = super().find_unknown(mine)
        for name, sentence in HINTS.items():
            if name in data and data[name] != getattr(self.instance, name):
                errors[name] = [sentence]
        incident = self.instance
        shown = build_incident_snapshot(incident) if incident else {}
        for name, sentence in ELSEWHERE.items():
            if name in data and data[name] != shown.get(name):
                errors[name] = [sentence]
        return errors

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        title = values.get("title", "")
        if len(title) > 200:
            errors["title"] = ["Write at most 200 characters."]


class NewIncidentSerializer(EditIncidentSerializer):
    """An incident to open."""

    severity = Choice(
        choices=Incident.Severity.choices,
        required=False,
        default=Incident.Severity.MAJOR.value,
    )
    services = References(Service)
    message = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=5000
    )

    post_mortem = None  # type: ignore[assignment]  # how one takes a field away

    def find_unknown(self, data: Any) -> Errors:
        return Input.find_unknown(self, data)


class MessageSerializer(Input):
    """A word with it, if you like."""

    message = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=5000
    )


class UpdateSerializer(Input):
    """What people should know."""

    message = serializers.CharField(
        max_length=5000,
        error_messages={
            "required": "Write what people should know.",
            "blank": "Write what people should know.",
        },
    )


class Member(serializers.Field[Any, Any, Any, Any]):
    """A member of the organization, by id or e-mail address; null is nobody."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)

    def to_internal_value(self, data: Any) -> User:
        if not isinstance(data, str):
            message = "Write the id or the e-mail address of a member, or null."
            raise serializers.ValidationError(message)
        text = data.strip().lower()
        members = self.context["access"].rows(Membership).select_related("user")
        try:
            wanted = Q(user=UUID(text))
        except ValueError:
            wanted = Q(user__email=text.replace("\x00", ""))
        found = members.filter(wanted, user__is_active=True).first()
        if found is None:
            message = f"There is no member {quote(data)} in this organization."
            raise serializers.ValidationError(message)
        user: User = found.user
        return user

    def to_representation(self, value: Any) -> str:
        return str(value.pk)


extend_schema_field({"type": "string"})(Member)


class AssignSerializer(Input):
    """Who sees to it."""

    owner = Member()


class MergeSerializer(Input):
    """Which open incidents end here, so that this one goes on for them."""

    incidents = References(Incident, required=True)


class ServicesSerializer(Input):
    """Services that join an incident, or that are normal again in it."""

    services = References(Service)
    state = Choice(choices=[("affected", "Affected"), ("normal", "Normal")])

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        if values.get("state") == "affected" and not values.get("services"):
            errors.setdefault("services", ["Name at least one service that joins."])
