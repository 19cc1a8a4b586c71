"""`/api/v1/windows`: silences and maintenance windows."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Network
from alerts import actions
from alerts.models import Service, Window
from alerts.windows import find_next
from integrations_project.lib.api.fields import Names, References, write_time
from integrations_project.lib.api.filters import by_choice
from integrations_project.lib.api.problems import list_field_errors
from integrations_project.lib.api.resources import Configurable
from integrations_project.lib.api.serializers import Errors, Input, RowSerializer

RELATIONS = ("networks", "services")
OCCURRENCE_SCHEMA = {
    "type": "object",
    "nullable": True,
    "properties": {
        "starts_at": {"type": "string", "format": "date-time"},
        "ends_at": {"type": "string", "format": "date-time"},
    },
}


class WindowSerializer(RowSerializer):
    """A time, once or again and again, in which rules hold their tongue.

    ``starts_at`` and ``ends_at`` are the first time; later ones have the same local
    time of day in ``time_zone``. ``active_until`` is null while it is not on.
    """

    networks = References(Network)
    services = References(Service)
    labels = Names(required=False)
    weekdays = serializers.ListField(child=serializers.IntegerField(), required=False)
    next = serializers.SerializerMethodField()

    class Meta:
        model = Window
        fields = (
            "id",
            "kind",
            "title",
            "description",
            "company_wide",
            "networks",
            "services",
            "labels",
            "starts_at",
            "ends_at",
            "time_zone",
            "recurrence",
            "weekdays",
            "recurs_until",
            "is_public",
            "active_until",
            "next",
            "cancelled_at",
            "created_by",
            "created_at",
            "updated_at",
        )
        read_only_fields = (
            "id",
            "active_until",
            "cancelled_at",
            "created_by",
            "created_at",
            "updated_at",
        )

    @extend_schema_field(OCCURRENCE_SCHEMA)
    def get_next(self, window: Window) -> dict[str, str | None] | None:
        """Return when it is on next; null when it does not come again."""
        found = find_next(window, timezone.now())
        if found is None:
            return None
        starts_at, ends_at = map(write_time, found)
        return {"starts_at": starts_at, "ends_at": ends_at}

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        super().judge(values, errors, data)
        if not errors:
            related = self.list_related(values)
            now = timezone.now()
            if found := actions.find_window_errors(self.row, related, now=now):
                error = DjangoValidationError(found)
                self.add_row_errors(list_field_errors(error), errors)

    def list_related(self, values: dict[str, Any]) -> dict[str, list[Any]]:
        """Return all related rows: those given now, or else those it has."""
        return {
            name: values[name] if name in values else self._stored(name)
            for name in RELATIONS
        }

    def _stored(self, name: str) -> list[Any]:
        return [] if self.instance is None else list(getattr(self.instance, name).all())


class WindowResource(Configurable):
    """Silences and maintenance windows."""

    model = Window
    serializer_class = WindowSerializer
    filters = {"kind": by_choice("kind", Window.Kind.values)}

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related(*RELATIONS)

    def make(self, serializer: WindowSerializer) -> tuple[Window, dict[str, Any]]:
        return self._store(serializer), {}

    def save(self, serializer: WindowSerializer) -> Window:
        return self._store(serializer)

    def remove(self, row: Window) -> None:
        actions.delete_window(row, actor=self.access.actor)

    @extend_schema(request=Input, responses=WindowSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """End the time that is on now; a recurring window comes again."""
        window = self._get_own()
        actions.end_window(window, actor=self.access.actor, now=timezone.now())
        return self.answer(window)

    @extend_schema(request=Input, responses=WindowSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Let it not come any more; one that is on ends."""
        window = self._get_own()
        actions.cancel_window(window, actor=self.access.actor, now=timezone.now())
        return self.answer(window)

    def _get_own(self) -> Window:
        window: Window = self.get_object()
        self.access.require_edit(window)
        self.read_input(Input)
        return window

    def _store(self, serializer: WindowSerializer) -> Window:
        related = serializer.list_related(serializer.validated_data)
        reached = serializer.row.find_network_ids(**related)
        if not self.access.may_edit_networks(reached):
            self.access.require_admin()
        return actions.save_window(
            serializer.row, actor=self.access.actor, now=timezone.now(), **related
        )
