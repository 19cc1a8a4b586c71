"""`/api/v1/alert-types`: the catalogue of alerts, and what the organization adds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import actions
from alerts.catalogue import AlertEntry, Evidence
from alerts.exceptions import CatalogueEntryFixed
from alerts.models import AlertType
from integrations_project.lib.api.fields import write_time
from integrations_project.lib.api.resources import Configurable
from integrations_project.lib.api.serializers import RowSerializer
from integrations_project.lib.json_types import quote

SOURCES = ("catalogue", "own")
_TEXT = {"type": "string"}
_FIELDS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {
            "type": _TEXT,
            "description": _TEXT,
            "required": {"type": "boolean"},
        },
    },
    "example": {"data.door.label": {"type": "string", "description": "Which door"}},
}
_TIME = {"type": "string", "format": "date-time", "nullable": True}
ENTRY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "name": {**_TEXT, "nullable": True},
        "aliases": {"type": "array", "items": _TEXT},
        "event_type": {**_TEXT, "nullable": True},
        "title": _TEXT,
        "category": _TEXT,
        "when": _TEXT,
        "fields": _FIELDS,
        "example": {"type": "object", "additionalProperties": True},
        "evidence": {**_TEXT, "enum": [each.value for each in Evidence]},
        "source": {**_TEXT, "enum": list(SOURCES)},
        "created_at": _TIME,
        "updated_at": _TIME,
    },
}
LIST_SCHEMA = {
    "type": "object",
    "required": ["results", "next", "previous"],
    "properties": {
        "results": {"type": "array", "items": ENTRY_SCHEMA},
        "next": {**_TEXT, "nullable": True},
        "previous": {**_TEXT, "nullable": True},
    },
}


class EntryFilter(NamedTuple):
    """A query parameter of the list."""

    description: str
    fits: Callable[[AlertEntry, str], bool]
    choices: tuple[str, ...] = ()


FILTERS = {
    "source": EntryFilter(
        "catalogue or own.", lambda each, value: source_of(each) == value, SOURCES
    ),
    "category": EntryFilter(
        "An exact category.", lambda each, value: each.category == value
    ),
    "search": EntryFilter(
        "Words of its name, title or sentence.",
        lambda each, value: each.matches(value),
    ),
}


@extend_schema_field(_FIELDS)
class Fields(serializers.JSONField):
    """Fields of an alert type; the model says what is wrong with them."""


@extend_schema_field({"type": "object", "additionalProperties": True})
class Example(serializers.JSONField):
    """An alert's data."""


class AlertTypeSerializer(RowSerializer):
    """An alert type of the organization."""

    constraint_field = "name"

    fields = Fields(required=False)  # type: ignore[assignment]  # a field of this name
    example = Example(required=False)

    class Meta:
        model = AlertType
        fields = (
            "id",
            "name",
            "title",
            "category",
            "when",
            "fields",
            "example",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "created_at", "updated_at")

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        # An answer may be sent back; these follow from the rest.
        told = ("aliases", "event_type", "evidence", "source")
        kept = {name: value for name, value in data.items() if name not in told}
        return super().to_internal_value(kept)


class AlertTypeResource(Configurable):
    """Types of alerts: the catalogue's, and the organization's own."""

    model = AlertType
    serializer_class = AlertTypeSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter(name, OpenApiTypes.STR, description=each.description)
            for name, each in FILTERS.items()
        ],
        responses={200: LIST_SCHEMA},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them all at once: the catalogue first, and then the own ones by name."""
        rows = _filter(request, actions.list_alert_entries(self.access.organization))
        shown = [show_entry(each) for each in rows]
        return Response({"results": shown, "next": None, "previous": None})

    @extend_schema(responses={200: ENTRY_SCHEMA})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Read one, by its id or its name."""
        return Response(show_entry(self._find_entry(self.kwargs["pk"])))

    @extend_schema(responses={201: ENTRY_SCHEMA})
    def create(self, request: Request) -> Response:
        """Add an alert type; what the catalogue has cannot be taken."""
        return super().create(request)

    @extend_schema(responses={200: ENTRY_SCHEMA})
    def update(self, request: Request, pk: str) -> Response:
        """Replace an alert type of the organization."""
        return super().update(request, pk)

    @extend_schema(responses={200: ENTRY_SCHEMA})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change an alert type of the organization."""
        return super().partial_update(request, pk)

    def get_object(self) -> AlertType:
        entry = self._find_entry(self.kwargs["pk"])
        if not entry.is_own:
            raise CatalogueEntryFixed
        found: AlertType = self.access.get(AlertType, entry.id)
        return found

    def answer(self, row: Any, *, status: int = 200, **more: Any) -> Response:
        fresh = self.access.get(AlertType, row.pk)
        return Response(show_entry(actions.build_entry(fresh)), status=status)

    def make(self, serializer: AlertTypeSerializer) -> tuple[Any, dict[str, Any]]:
        return self._store(serializer), {}

    def save(self, serializer: AlertTypeSerializer) -> AlertType:
        return self._store(serializer)

    def remove(self, row: AlertType) -> None:
        actions.delete_alert_type(row, actor=self.access.actor)

    def _store(self, serializer: AlertTypeSerializer) -> AlertType:
        self.require_networks([])
        return actions.save_alert_type(serializer.row, actor=self.access.actor)

    def _find_entry(self, key: str) -> AlertEntry:
        for each in actions.list_alert_entries(self.access.organization):
            if key in (id_of(each), *each.names) or key.lower() == each.id:
                return each
        raise Http404


def show_entry(entry: AlertEntry) -> dict[str, Any]:
    """Return an alert type as the API shows it."""
    return {
        "id": id_of(entry),
        "name": entry.name or None,
        "aliases": list(entry.aliases),
        "event_type": entry.event_type or None,
        "title": entry.title,
        "category": entry.category,
        "when": entry.when,
        "fields": {
            each.path: {
                "type": each.type,
                "description": each.description,
                "required": each.is_required,
            }
            for each in entry.fields
        },
        "example": dict(entry.example),
        "evidence": entry.evidence.value,
        "source": source_of(entry),
        "created_at": write_time(entry.created_at),
        "updated_at": write_time(entry.updated_at),
    }


def source_of(entry: AlertEntry) -> str:
    """Return whether it is the catalogue's or the organization's own."""
    return "own" if entry.is_own else "catalogue"


def id_of(entry: AlertEntry) -> str:
    """Return what names it in addresses; a title without a name is written like one."""
    return entry.id or entry.name or entry.slug


def _filter(request: Request, entries: list[AlertEntry]) -> list[AlertEntry]:
    errors: dict[str, list[str]] = {}
    for name, value in request.query_params.items():
        chosen = FILTERS.get(name)
        if chosen is None:
            known = ", ".join(FILTERS)
            errors[name] = [f"There is no filter {quote(name)} here; use {known}."]
        elif chosen.choices and value not in chosen.choices:
            errors[name] = [f"Use one of {', '.join(chosen.choices)}."]
        else:
            entries = [each for each in entries if chosen.fits(each, str(value))]
    if errors:
        raise serializers.ValidationError(errors)
    return entries
