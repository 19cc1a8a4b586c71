"""`/api/v1/incidents`: what is wrong, who looks after it, and what was said."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Network
from alerts import actions
from alerts.models import Incident, IncidentEntry, IncidentService, Service
from alerts.snapshots import build_incident_snapshot
from integrations_project.lib.api.fields import Choice, Names, References, Text, Time
from integrations_project.lib.api.filters import (
    Filter,
    by_choice,
    by_reference,
    by_time,
    by_uuid,
)
from integrations_project.lib.api.paging import CursorPages
from integrations_project.lib.api.resources import Readable
from integrations_project.lib.api.serializers import Errors, Input

HINTS = {
    "status": "Resolve it with POST /api/v1/incidents/<id>/resolve.",
    "acknowledged": "Acknowledge it with POST /api/v1/incidents/<id>/acknowledge.",
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


class LinkSerializer(serializers.ModelSerializer[IncidentService]):
    """One state of a service within an incident: a receiver may tell several apart."""

    id = serializers.CharField(read_only=True)
    service = serializers.CharField(source="service_id", read_only=True)
    linked_at = Time(read_only=True)
    resolved_at = Time(read_only=True, allow_null=True)

    class Meta:
        model = IncidentService
        fields = ("id", "service", "key", "linked_at", "resolved_at")
        read_only_fields = fields


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    """Something is wrong with one or more services."""

    acknowledged_at = Time(read_only=True, allow_null=True)
    acknowledged_by = serializers.CharField(read_only=True, allow_null=True)
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
            "opened_at",
            "resolved_at",
            "updated_at",
            "services",
            "affected",
            "receiver",
            "monitors",
            "labels",
            "updates",
            "url",
            "source_kind",
            "source_label",
            "trace",
        )
        read_only_fields = fields

    def to_representation(self, instance: Incident) -> dict[str, Any]:
        return build_incident_snapshot(instance)


class EditIncidentSerializer(Input):
    """What may be corrected on an incident."""

    title = Text(max_length=200)
    severity = Choice(choices=Incident.Severity.choices, required=False)
    labels = Names(required=False)

    def find_unknown(self, data: Any) -> Errors:
        known = IncidentSerializer.Meta.fields
        mine = {name: value for name, value in data.items() if name not in known}
        errors = super().find_unknown(mine)
        for name, sentence in HINTS.items():
            if name in data and data[name] != getattr(self.instance, name):
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


def by_service() -> Filter:
    """Filter by a service that an incident is or was about."""
    find = by_reference("service", Service)

    def read(value: str, access: Any) -> Q:
        links = IncidentService.objects.filter(find.read(value, access))
        return Q(pk__in=links.values("incident"))

    return Filter(read=read, description=find.description)


class EntryPages(CursorPages):
    """The timeline, the first line first."""

    ordering = "id"


class IncidentResource(Readable):
    """Incidents: opened by people or by receivers, and their timeline."""

    model = Incident
    serializer_class = IncidentSerializer
    filters = {
        "status": by_choice("status", Incident.Status.values),
        "service": by_service(),
        "severity": by_choice("severity", Incident.Severity.values),
        "since": by_time("opened_at__gte"),
        "until": by_time("opened_at__lt"),
        "trace": by_uuid("trace"),
    }

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related("affected__service__network", "entries")

    @extend_schema(request=NewIncidentSerializer, responses={201: IncidentSerializer})
    def create(self, request: Request) -> Response:
        """Open an incident; `services` are the ids of those that are affected."""
        values = self.read_input(NewIncidentSerializer).validated_data
        incident = actions.open_incident(
            self.access.organization,
            title=values["title"],
            severity=values["severity"],
            services=values.get("services", []),
            message=values["message"],
            labels=values.get("labels"),
            actor=self.access.actor,
            now=timezone.now(),
        )
        return self.answer(incident, status=201)

    @extend_schema(request=EditIncidentSerializer, responses=IncidentSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change its title, severity or labels."""
        incident = self.get_object()
        self.access.require_respond()
        serializer = self.read_input(
            EditIncidentSerializer, instance=incident, partial=True
        )
        actions.edit_incident(
            incident,
            actor=self.access.actor,
            now=timezone.now(),
            **serializer.validated_data,
        )
        return self.answer(incident)

    @extend_schema(request=MessageSerializer, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Say that somebody looks after it; the second time changes nothing."""
        return self._respond(actions.acknowledge_incident)

    @extend_schema(request=MessageSerializer, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """Close it; no service changes its status. The second time changes nothing."""
        return self._respond(actions.resolve_incident)

    def _respond(self, act: Any) -> Response:
        incident = self.get_object()
        self.access.require_respond()
        message = self.read_input(MessageSerializer).validated_data["message"]
        act(incident, message=message, actor=self.access.actor, now=timezone.now())
        return self.answer(incident)

    @extend_schema(responses=EntrySerializer(many=True))
    @action(detail=True, pagination_class=EntryPages)
    def updates(self, request: Request, pk: str) -> Response:
        """The timeline, the first line first."""
        rows = IncidentEntry.objects.filter(incident=self.get_object())
        page = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(EntrySerializer(page, many=True).data)

    @extend_schema(request=UpdateSerializer, responses={201: IncidentSerializer})
    @updates.mapping.post
    def post_update(self, request: Request, pk: str) -> Response:
        """Post an update to the timeline, also of a resolved incident."""
        incident = self.get_object()
        self.access.require_respond()
        message = self.read_input(UpdateSerializer).validated_data["message"]
        actions.post_incident_update(
            incident, message=message, actor=self.access.actor, now=timezone.now()
        )
        return self.answer(incident, status=201)
