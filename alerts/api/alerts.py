"""`POST /api/v1/alerts`: raise an alert."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import actions
from alerts.actions.alerts import MAX_NAME_LENGTH, MAX_NETWORK_LENGTH
from integrations_project.lib.api.fields import Text, Time, write_time
from integrations_project.lib.api.resources import Resource
from integrations_project.lib.api.serializers import Errors, Input
from webhooks.datatypes import ALERT_NAME
from webhooks.models import Event

NAME_SENTENCE = (
    "Write ALERT_ and capital letters, digits and underscores, such as "
    f"ALERT_DEVICE_OFFLINE; at most {MAX_NAME_LENGTH} characters."
)
NETWORK_SENTENCE = (
    "Write the name of a network, such as Main Office; "
    f"at most {MAX_NETWORK_LENGTH} characters."
)
RAISED = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "type": {"type": "string", "example": "alert.device_offline"},
        "occurred_at": {"type": "string", "format": "date-time"},
        "alert_name": {"type": "string"},
        "network_name": {"type": "string"},
        "data": {"type": "object", "additionalProperties": True},
        "trace": {"type": "string", "format": "uuid"},
        "deliveries_count": {"type": "integer"},
    },
}


def is_alert_name(text: str) -> bool:
    """Whether an alert may be called this."""
    return bool(ALERT_NAME.fullmatch(text)) and len(text) <= MAX_NAME_LENGTH


def is_network_name(text: str) -> bool:
    """Whether a network may be called this."""
    return text.isprintable() and len(text) <= MAX_NETWORK_LENGTH


class AlertSerializer(Input):
    """An alert: a name, a network, and free data."""

    alert_name = Text(help_text="Such as ALERT_DEVICE_OFFLINE.")
    network_name = Text(help_text="A network that is not known yet is made.")
    timestamp = Time(required=False, allow_null=True, help_text="Left out: now.")
    data = serializers.JSONField(  # type: ignore[assignment]  # a field of this name
        required=False,
        help_text="An object. The fields of a documented alert must have their types; "
        "further ones are kept.",
    )

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        """Refuse as the action would, but all fields together."""
        name = values.get("alert_name")
        if name is not None and not is_alert_name(name):
            errors["alert_name"] = [NAME_SENTENCE]
        network = values.get("network_name")
        if network is not None and not is_network_name(network):
            errors["network_name"] = [NETWORK_SENTENCE]
        if not isinstance(values.get("data", {}), dict):
            errors["data"] = ["Send an object with what the alert is about."]
        elif name is not None and "alert_name" not in errors:
            organization = self.context["access"].organization
            errors |= actions.find_alert_data_errors(
                organization, name, values.get("data", {})
            )


class AlertResource(Resource):
    """Alerts: raised here, found under events."""

    model = Event
    serializer_class = AlertSerializer

    @extend_schema(request=AlertSerializer, responses={201: RAISED})
    def create(self, request: Request) -> Response:
        """Raise an alert: publishes `alert.<name>` to all who take it."""
        values = self.read_input(AlertSerializer).validated_data
        self.require_networks([])
        event = actions.raise_alert(
            self.access.organization,
            alert_name=values["alert_name"],
            network_name=values["network_name"],
            timestamp=values.get("timestamp"),
            data=values.get("data", {}),
            actor=self.access.actor,
            now=timezone.now(),
        )
        return Response(show_alert(event), status=201)


def show_alert(event: Event) -> dict[str, Any]:
    """Return the event of an alert that was raised."""
    return {
        "id": str(event.pk),
        "type": event.type,
        "occurred_at": write_time(event.occurred_at),
        "alert_name": event.data["alert_name"],
        "network_name": event.data["network_name"],
        "data": event.data["data"],
        "trace": str(event.trace),
        "deliveries_count": event.deliveries.count(),
    }
