"""`/api/v1/services`: what people care about, how it is doing, and how it was."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Network
from alerts import actions
from alerts.api.uptime import UPTIME_PARAMETERS, UptimeSerializer, show_uptime
from alerts.datatypes import MANUAL, StatusUpdate
from alerts.models import EscalationPolicy, Service, Status, StatusChange
from alerts.staleness import find_stale_since, list_stale, prefetch_stale
from integrations_project.lib.api.fields import (
    Choice,
    Names,
    Reference,
    Time,
    write_time,
)
from integrations_project.lib.api.filters import (
    by_choice,
    by_reference,
    by_text,
    by_time,
)
from integrations_project.lib.api.paging import CursorPages
from integrations_project.lib.api.resources import Configurable
from integrations_project.lib.api.serializers import Errors, Input, RowSerializer
from integrations_project.lib.ids import uuid7

HOW_TO_SET_STATUS = "Push a status with POST /api/v1/services/<id>/status."


class ServiceSerializer(RowSerializer):
    """Something whose status people care about."""

    constraint_field = "name"

    network = Reference(Network, required=False, allow_null=True)
    labels = Names(required=False)
    stale = serializers.SerializerMethodField()
    stale_since = serializers.SerializerMethodField()
    escalation_policy = Reference(EscalationPolicy, required=False, allow_null=True)

    class Meta:
        model = Service
        fields = (
            "id",
            "name",
            "description",
            "status",
            "status_since",
            "status_message",
            "stale",
            "stale_since",
            "network",
            "group",
            "entity_type",
            "absolute_path",
            "labels",
            "uptime_target",
            "escalation_policy",
            "created_at",
        )
        read_only_fields = (
            "id",
            "status",
            "status_since",
            "status_message",
            "created_at",
        )

    def get_stale(self, service: Service) -> bool:
        """Whether one of its sources fell silent."""
        return bool(list_stale(service))

    @extend_schema_field({"type": "string", "format": "date-time", "nullable": True})
    def get_stale_since(self, service: Service) -> str | None:
        """Return since when there is no news from it; null while there is."""
        return write_time(find_stale_since(service))

    def find_unknown(self, data: Any) -> Errors:
        errors = super().find_unknown(data)
        now = self.instance.status if self.instance is not None else None
        given = data.get("status", now)
        if self.instance is not None and given != now:
            errors["status"] = [HOW_TO_SET_STATUS]
        elif self.instance is None and "status" in data and given not in Status.values:
            words = ", ".join(Status.values)
            errors["status"] = [f"Use one of {words}."]
        return errors


class StatusSerializer(Input):
    """A status that a person or program says the service has."""

    status = Choice(choices=Status.choices)
    message = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=1000
    )


class StatusChangeSerializer(serializers.ModelSerializer[StatusChange]):
    """One change of a service's status."""

    source = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field
    receipt = serializers.UUIDField(
        source="receipt_id", read_only=True, allow_null=True
    )
    changed_at = Time(read_only=True)

    class Meta:
        model = StatusChange
        fields = (
            "id",
            "previous_status",
            "status",
            "message",
            "source",
            "receipt",
            "trace",
            "changed_at",
        )
        read_only_fields = fields

    @extend_schema_field(
        {
            "type": "object",
            "properties": {
                "kind": {"type": "string"},
                "id": {"type": "string", "nullable": True},
                "label": {"type": "string"},
            },
        }
    )
    def get_source(self, change: StatusChange) -> dict[str, str | None]:
        """Return who or what said it."""
        return {
            "kind": change.source_kind,
            "id": change.source_id or None,
            "label": change.source_label,
        }


class ServiceResource(Configurable):
    """Services: their status, and what is known of them."""

    model = Service
    serializer_class = ServiceSerializer
    filters = {
        "status": by_choice("status", Status.values),
        "network": by_reference("network", Network),
        "group": by_text("group"),
        "name": by_text("name__iexact"),
    }

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related(prefetch_stale())

    def make(self, serializer: ServiceSerializer) -> tuple[Service, dict[str, Any]]:
        values = serializer.validated_data
        network = values.get("network")
        self.require_networks([network] if network else [])
        service = actions.create_service(
            self.access.organization,
            actor=self.access.actor,
            now=timezone.now(),
            status=serializer.initial_data.get("status"),
            **values,
        )
        return service, {}

    def save(self, serializer: ServiceSerializer) -> Service:
        network = serializer.row.network
        self.require_networks([network] if network else [])
        return actions.save_service(serializer.row, actor=self.access.actor)

    def remove(self, row: Service) -> None:
        actions.delete_service(row, actor=self.access.actor)

    @extend_schema(request=StatusSerializer, responses=ServiceSerializer)
    @action(detail=True, methods=["post"])
    def status(self, request: Request, pk: str) -> Response:
        """Push a status; the source is *manual*, `operational` takes its word back."""
        service = self.get_object()
        self.access.require_edit(service)
        values = self.read_input(StatusSerializer).validated_data
        update = StatusUpdate(
            status=values["status"],
            source=MANUAL,
            message=values["message"],
            trace=uuid7(),
            now=timezone.now(),
        )
        actions.change_service_status(service.pk, update, actor=self.access.actor)
        return self.answer(service)

    @extend_schema(parameters=UPTIME_PARAMETERS, responses=UptimeSerializer)
    @action(detail=True)
    def uptime(self, request: Request, pk: str) -> Response:
        """How much of a time it was up, and how that is counted.

        The time is a window, a month, or any range; 30 days unless it is said.
        """
        service = self.get_object()
        return Response(show_uptime(service, request, now=timezone.now()))

    @extend_schema(responses=StatusChangeSerializer(many=True))
    @action(detail=True, pagination_class=CursorPages)
    def history(self, request: Request, pk: str) -> Response:
        """Every change of its status, the last one first."""
        rows = StatusChange.objects.filter(service=self.get_object())
        page = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(StatusChangeSerializer(page, many=True).data)

    def list_filters(self) -> Any:
        if self.action == "history":
            return {
                "since": by_time("changed_at__gte"),
                "until": by_time("changed_at__lt"),
            }
        return super().list_filters()
