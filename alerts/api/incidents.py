"""`/api/v1/incidents`: what is wrong, who looks after it, and what was said."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import actions
from alerts.api.incident_serializers import (
    AssignSerializer,
    EditIncidentSerializer,
    EntrySerializer,
    IncidentSerializer,
    MergeSerializer,
    MessageSerializer,
    NewIncidentSerializer,
    ServicesSerializer,
    UpdateSerializer,
)
from alerts.models import Incident, IncidentEntry, IncidentService, Service
from alerts.snapshots import MAX_UPDATES
from integrations_project.lib.api.filters import (
    Filter,
    by_choice,
    by_reference,
    by_time,
    by_uuid,
)
from integrations_project.lib.api.paging import CursorPages
from integrations_project.lib.api.resources import Readable


def by_service() -> Filter:
    """Filter by a service that an incident is or was about."""
    find = by_reference("service", Service)

    def read(value: str, access: Any) -> Q:
        links = IncidentService.objects.filter(find.read(value, access))
        return Q(pk__in=links.values("incident"))

    return Filter(read=read, description=find.description)


def by_owner() -> Filter:
    """Filter by who sees to it: a member's id, or nobody."""
    by_id = by_uuid("owner", wrong="Write the id of a member, or none.")

    def read(value: str, access: Any) -> Q:
        return Q(owner=None) if value == "none" else by_id.read(value, access)

    return Filter(read=read, description="The id of a member, or none.")


def by_flag(column: str) -> Filter:
    """Filter by yes or no."""

    def read(value: str, access: Any) -> Q:
        del access
        if value not in ("true", "false"):
            raise serializers.ValidationError("Write true or false.")
        return Q(**{column: value == "true"})

    return Filter(read=read, description="true or false.")


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
        "acknowledged": by_flag("acknowledged"),
        "owner": by_owner(),
        "severity": by_choice("severity", Incident.Severity.values),
        "since": by_time("opened_at__gte"),
        "until": by_time("opened_at__lt"),
        "trace": by_uuid("trace"),
    }

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        newest = IncidentEntry.objects.order_by("-id")[:MAX_UPDATES]
        links = IncidentService.objects.select_related("service__network")
        return rows.select_related("owner", "organization").prefetch_related(
            Prefetch("affected", links.order_by("pk")),
            Prefetch("entries", newest, to_attr="newest_entries"),
        )

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
        """Change its title, severity or labels, or write its post-mortem."""
        incident = self.get_object()
        self.access.require_respond()
        serializer = self.read_input(
            EditIncidentSerializer, instance=incident, partial=True
        )
        values = dict(serializer.validated_data)
        post_mortem = values.pop("post_mortem", None)
        known = {"actor": self.access.actor, "now": timezone.now()}
        with transaction.atomic():
            actions.edit_incident(incident, **values, **known)
            if post_mortem is not None:
                actions.write_post_mortem(incident, text=post_mortem, **known)
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

    @extend_schema(request=AssignSerializer, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Say who sees to it: `owner` is a member's id or e-mail address, or null."""
        incident, values, known = self._read(AssignSerializer)
        actions.assign_incident(incident, owner=values["owner"], **known)
        return self.answer(incident)

    @extend_schema(request=MergeSerializer, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Let this incident go on in the place of others, which are resolved."""
        incident, values, known = self._read(MergeSerializer)
        actions.merge_incidents(incident, values["incidents"], **known)
        return self.answer(incident)

    @extend_schema(request=ServicesSerializer, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def services(self, request: Request, pk: str) -> Response:
        """Let services join (`affected`) or mark them as `normal`; none means all.

        When the last one is normal, an incident that a source opened is resolved.
        """
        incident, values, known = self._read(ServicesSerializer)
        chosen = values.get("services")
        if values["state"] == "affected":
            actions.link_service(incident, chosen, **known)
        else:
            actions.unlink_service(incident, chosen, **known)
        return self.answer(incident)

    def _read(self, serializer: type[Any]) -> tuple[Incident, Any, dict[str, Any]]:
        incident = self.get_object()
        self.access.require_respond()
        values = self.read_input(serializer).validated_data
        return incident, values, {"actor": self.access.actor, "now": timezone.now()}

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
