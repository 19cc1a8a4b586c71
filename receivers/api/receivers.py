"""`/api/v1/receivers`: the secret URLs that outside tools post statuses to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import Service
from integrations_project.lib.api.fields import Names
from integrations_project.lib.api.filters import by_reference
from integrations_project.lib.api.resources import Configurable
from integrations_project.lib.api.serializers import Input
from receivers import actions
from receivers.api.serializers import ReceiverSerializer
from receivers.exceptions import ReceiverError
from receivers.models import Receiver
from receivers.story import tell_foreseen

if TYPE_CHECKING:
    from integrations_project.lib.json_types import JSONObject
    from receivers.datatypes import ItemOutcome

RESOLVE = "resolve_incidents"
PREVIEW_SCHEMA = {
    "type": "object",
    "properties": {
        "result": {"type": "string", "enum": ["processed", "ignored", "failed"]},
        "items": {"type": "array", "items": {"type": "object"}},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}


class PreviewSerializer(Input):
    """A body as a sender would post it, and its headers."""

    body = serializers.JSONField(help_text="JSON, or a text that is taken as it is.")
    headers = Names(required=False, default=dict)


class RotateTokenSerializer(Input):
    """How long the URL before goes on."""

    overlap_hours = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=24 * 30,
        default=0,
        error_messages={
            "invalid": "Write a whole number of hours.",
            "min_value": "Write 0 to 720 hours.",
            "max_value": "Write 0 to 720 hours.",
        },
    )


class ReceiverResource(Configurable):
    """Receivers: where statuses come in, and how it has been going."""

    model = Receiver
    serializer_class = ReceiverSerializer
    filters = {"service": by_reference("service", Service)}

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        counted: QuerySet[Any] = rows.with_health(  # type: ignore[attr-defined]  # its own queryset
            now=timezone.now()
        )
        return counted.prefetch_related("networks")

    def make(self, serializer: ReceiverSerializer) -> tuple[Receiver, dict[str, Any]]:
        values = dict(serializer.validated_data)
        networks = values.pop("networks", [])
        self.require_networks(networks)
        receiver = actions.create_receiver(
            self.access.organization,
            actor=self.access.actor,
            networks=networks,
            **values,
        )
        return receiver, {}

    def save(self, serializer: ReceiverSerializer) -> Receiver:
        networks = serializer.validated_data.get("networks")
        if networks is not None:
            self.require_networks(networks)
        return actions.save_receiver(
            serializer.row,
            actor=self.access.actor,
            networks=networks,
            entered_secrets=serializer.entered_secrets,
        )

    @extend_schema(
        parameters=[
            OpenApiParameter(
                name=RESOLVE,
                type=bool,
                description=(
                    "true resolves the incidents that it opened; otherwise they stay "
                    "open."
                ),
            )
        ]
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete it with its receipts; its URL answers 404 from now on."""
        return super().destroy(request, pk)

    def remove(self, row: Receiver) -> None:
        actions.delete_receiver(
            row,
            actor=self.access.actor,
            resolve_incidents=read_switch(self.request, RESOLVE),
            now=timezone.now(),
        )

    @extend_schema(request=RotateTokenSerializer, responses=ReceiverSerializer)
    @action(detail=True, methods=["post"], url_path="rotate-token")
    def rotate_token(self, request: Request, pk: str) -> Response:
        """Give it a new URL; the old one goes on for the overlap, or not at all."""
        receiver = self.get_object()
        self.access.require_edit(receiver)
        values = self.read_input(RotateTokenSerializer).validated_data
        actions.rotate_token(
            receiver,
            actor=self.access.actor,
            now=timezone.now(),
            overlap_hours=values["overlap_hours"],
        )
        return self.answer(receiver)

    @extend_schema(request=PreviewSerializer, responses={200: PREVIEW_SCHEMA})
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: str) -> Response:
        """Tell what a body would do now; nothing is written."""
        receiver = self.get_object()
        self.access.require_edit(receiver)
        values = self.read_input(PreviewSerializer).validated_data
        try:
            items = actions.preview(
                receiver,
                body=encode_body(values["body"]),
                headers=values["headers"],
                now=timezone.now(),
            )
        except ReceiverError as error:
            problem = {"code": error.error_code, "detail": error.message}
            return Response({"result": "failed", "items": [], **problem})
        return Response(
            {
                "result": sum_up_results(item.result for item in items),
                "items": [describe_foreseen(item) for item in items],
                "code": "",
                "detail": "",
            }
        )


def read_switch(request: Request, name: str) -> bool:
    """Return a query parameter that is true, false or left out.

    Raises:
        ValidationError: It is anything else.
    """
    value = request.query_params.get(name, "false")
    if value not in ("true", "false"):
        raise serializers.ValidationError({name: ["Write true or false."]})
    return value == "true"


def describe_foreseen(item: ItemOutcome) -> JSONObject:
    """Return what an item would do: the fields of an answer, and the page's words."""
    told = {
        "detail": item.detail,
        "where": item.where,
        "text": tell_foreseen(item).text,
    }
    return item.as_json() | told


def encode_body(body: Any) -> bytes:
    """Return the bytes that a sender would post; a text is taken as it stands."""
    text = body if isinstance(body, str) else json.dumps(body)
    return text.encode()


def sum_up_results(results: Iterable[str]) -> str:
    """Return the result that the answer to a sender would have."""
    seen = set(results)
    if "processed" in seen:
        return "processed"
    return "failed" if seen == {"failed"} else "ignored"
