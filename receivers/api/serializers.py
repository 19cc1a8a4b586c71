"""How receivers and receipts are shown, and what a receiver takes."""

from __future__ import annotations

import contextlib
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Network
from alerts.models import Incident, Service
from integrations_project.lib.api.fields import (
    Reference,
    References,
    Secret,
    Time,
    Words,
    write_time,
)
from integrations_project.lib.api.serializers import RowSerializer
from integrations_project.lib.json_types import InvalidJson, parse_strict_json
from receivers.mapping import STATUSES
from receivers.models import Receipt, Receiver

PATH = "/api/webhooks/incoming/"
MASK = "••••••••"
COUNTS = ("received_24h", "processed_24h", "failed_24h", "auth_failed_24h")
VALUES = {"type": "array", "items": {"type": "string"}}


@extend_schema_field(
    {
        "type": "object",
        "description": "Status to the sender's values that mean it.",
        "properties": dict.fromkeys(STATUSES, VALUES),
    }
)
class Mapping(serializers.JSONField):
    """The receiver's own table; judged by the model."""


class ReceiverSerializer(RowSerializer):
    """A secret URL that an outside tool posts statuses to."""

    url = serializers.SerializerMethodField()
    service = Reference(Service, required=False, allow_null=True)
    networks = References(Network)
    mapping = Mapping(required=False)
    hmac_secret = Secret()
    auth_password = Secret()
    auth_token = Secret()
    source_networks = Words(example="203.0.113.0/24", required=False)
    health = serializers.SerializerMethodField()

    class Meta:
        model = Receiver
        fields = (
            "id",
            "name",
            "url",
            "service",
            "service_name_field",
            "create_unknown_services",
            "preset",
            "status_field",
            "message_field",
            "key_field",
            "time_field",
            "delivery_id_field",
            "items_path",
            "mapping",
            "mapping_mode",
            "unmapped",
            "networks",
            "hmac_secret",
            "signature_header",
            "signature_scheme",
            "required_auth",
            "auth_username",
            "auth_password",
            "auth_token",
            "source_networks",
            "rate_per_minute",
            "expected_every_minutes",
            "silent_status",
            "auto_create_incidents",
            "incident_severity",
            "auto_resolve_incidents",
            "enabled",
            "health",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "created_at", "updated_at")

    @property
    def entered_secrets(self) -> set[str]:
        """The secret fields that this request brings, rather than keeps."""
        given: set[str] = {*Receiver.SECRET_FIELDS} & self.validated_data.keys()
        return given

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, receiver: Receiver) -> str:
        """Return the address to post to; whole only for those who may edit it."""
        token = receiver.token if self._may_edit(receiver) else MASK
        return f"{settings.SITE_URL}{PATH}{token}"

    @extend_schema_field(
        {
            "type": "object",
            "properties": {
                **{name: {"type": "integer"} for name in COUNTS},
                "last_received_at": {
                    "type": "string",
                    "format": "date-time",
                    "nullable": True,
                },
            },
        }
    )
    def get_health(self, receiver: Receiver) -> dict[str, Any]:
        """Return what came in during 24 hours; annotated by the resource."""
        counts = {name: getattr(receiver, name, 0) for name in COUNTS}
        last = getattr(receiver, "last_received_at", None)
        return {**counts, "last_received_at": write_time(last)}

    def _may_edit(self, receiver: Receiver) -> bool:
        network_ids = {network.pk for network in receiver.networks.all()}
        may: bool = self.context["access"].may_edit_networks(network_ids)
        return may


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    """One request to a receiver: what was read, what it did, and why not."""

    receiver = Reference(Receiver, read_only=True)
    received_at = Time(read_only=True)
    wiped_at = Time(read_only=True, allow_null=True)
    service = Reference(Service, read_only=True, allow_null=True)
    incident = Reference(Incident, read_only=True, allow_null=True)
    payload = serializers.SerializerMethodField()

    class Meta:
        model = Receipt
        fields = (
            "id",
            "receiver",
            "received_at",
            "source_ip",
            "result",
            "reason",
            "detail",
            "raw_status",
            "status",
            "previous_status",
            "service",
            "incident",
            "items",
            "headers",
            "payload",
            "body",
            "body_size",
            "count",
            "trace",
            "preset",
            "delivery_id",
            "wiped_at",
        )
        read_only_fields = fields

    @extend_schema_field(
        {"description": "The body as JSON; as text when it is none.", "nullable": True}
    )
    def get_payload(self, receipt: Receipt) -> Any:
        """Return the body as JSON; as text when it is none or was cut."""
        with contextlib.suppress(InvalidJson):
            return parse_strict_json(receipt.body.encode())
        return receipt.body or None
