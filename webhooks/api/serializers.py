"""How webhooks, events, deliveries and attempts are shown, and what a webhook takes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Network
from integrations_project.lib.api.fields import (
    Flag,
    Names,
    Number,
    Reference,
    References,
    Secret,
    Text,
    Time,
    Words,
    write_time,
)
from integrations_project.lib.api.serializers import Errors, Input, RowSerializer
from integrations_project.lib.redaction import REDACTED, redact_headers
from integrations_project.lib.signing import generate_secret
from webhooks.models import Attempt, Delivery, Destination, Event

NULLABLE_TIME = {"type": "string", "format": "date-time", "nullable": True}
NULLABLE_TEXT = {"type": "string", "nullable": True}
HEADERS = {"type": "object", "additionalProperties": {"type": "string"}}


class Headers(Names):
    """Custom headers; the values of secret ones come back masked."""

    def to_representation(self, value: Any) -> Any:
        return redact_headers(value or {})


class WebhookSerializer(RowSerializer):
    """Somewhere events are sent."""

    constraint_field = "label"

    id = serializers.UUIDField(read_only=True)
    password = Secret()
    token = Secret()
    secret = Secret()
    generate_secret = Flag(
        write_only=True,
        required=False,
        help_text="True: a secret is made and shown in this one answer.",
    )
    headers = Headers(required=False)
    event_types = Words(required=False)
    networks = References(Network)
    retry_schedule = serializers.JSONField(required=False, allow_null=True)
    health = serializers.SerializerMethodField()

    class Meta:
        model = Destination
        fields = (
            "id",
            "label",
            "kind",
            "url",
            "format",
            "auth_method",
            "username",
            "password",
            "token",
            "secret",
            "generate_secret",
            "signature",
            "headers",
            "event_types",
            "networks",
            "enabled",
            "disabled_reason",
            "timeout_seconds",
            "max_in_flight",
            "retry_schedule",
            "health",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("kind", "disabled_reason", "created_at", "updated_at")

    @property
    def entered_secrets(self) -> set[str]:
        """The secret fields that this request brings, rather than keeps."""
        secret = {*Destination.SECRET_FIELDS, "headers"}
        given: set[str] = secret & self.validated_data.keys()
        headers = self.initial_data.get("headers")
        is_kept = isinstance(headers, dict) and any(
            REDACTED in str(value) for value in headers.values()
        )
        return given - {"headers"} if is_kept else given

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        if values.get("generate_secret") and "generate_secret" not in errors:
            if self.instance is not None:
                sentence = "Use POST …/rotate-secret for a new secret."
                errors["generate_secret"] = [sentence]
            elif values.get("secret"):
                sentence = "Leave secret out to have one generated."
                errors["generate_secret"] = [sentence]
            else:
                values["secret"] = generate_secret()
        if "headers" in values:
            self._keep_masked(values, errors)
        super().judge(values, errors, data)

    def _keep_masked(self, values: dict[str, Any], errors: Errors) -> None:
        # An answer that is sent back brings the mask where a stored value was.
        stored = self.instance.headers if self.instance is not None else {}
        kept = {
            name: stored.get(name, value) if REDACTED in str(value) else value
            for name, value in values["headers"].items()
        }
        for name, value in kept.items():
            if REDACTED in str(value):
                sentence = f"Enter the value of the header {name}; none is stored."
                errors["headers"] = [sentence]
        values["headers"] = kept

    @extend_schema_field(
        {
            "type": "object",
            "properties": {
                "last_success_at": NULLABLE_TIME,
                "last_failure_at": NULLABLE_TIME,
                "consecutive_failures": {"type": "integer"},
                "success_rate_24h": {
                    "type": "number",
                    "nullable": True,
                    "description": "0 to 1; null without a delivery that ended.",
                },
                "last_error": NULLABLE_TEXT,
            },
        }
    )
    def get_health(self, destination: Destination) -> dict[str, Any]:
        """Return how it has been going; the counts are annotated."""
        delivered = getattr(destination, "delivered_24h", 0)
        ended = delivered + getattr(destination, "failed_24h", 0)
        return {
            "last_success_at": write_time(destination.last_success_at),
            "last_failure_at": write_time(destination.last_failure_at),
            "consecutive_failures": destination.consecutive_failures,
            "success_rate_24h": round(delivered / ended, 4) if ended else None,
            "last_error": destination.last_error or None,
        }


class VerifySerializer(WebhookSerializer):
    """A webhook that is not saved yet; only its URL must be there."""

    label = Text(  # type: ignore[assignment]  # the field, not the serializer's own
        required=False, default="Not saved yet"
    )


class RotateSecretSerializer(Input):
    """How long the secret before goes on signing, and perhaps the new one."""

    overlap_hours = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=24 * 30,
        default=24,
        error_messages={
            "invalid": "Write a whole number of hours.",
            "min_value": "Write 0 to 720 hours.",
            "max_value": "Write 0 to 720 hours.",
        },
    )
    secret = Secret(help_text="Left out: one is generated.")


class DisableSerializer(Input):
    """Why."""

    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=255,
        error_messages={"max_length": "Write at most 255 characters."},
    )


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One event on its way to one webhook."""

    id = serializers.CharField(read_only=True)
    event = serializers.SerializerMethodField()
    webhook = Reference(Destination, source="destination", read_only=True)
    attempts_count = Number(source="attempt_count", read_only=True)
    next_attempt_at = Time(read_only=True, allow_null=True)
    last_error = serializers.SerializerMethodField()
    created_at = Time(read_only=True)
    delivered_at = Time(read_only=True, allow_null=True)

    class Meta:
        model = Delivery
        fields = (
            "id",
            "event",
            "webhook",
            "status",
            "reason",
            "attempts_count",
            "next_attempt_at",
            "last_status_code",
            "last_error",
            "trace",
            "created_at",
            "delivered_at",
        )
        read_only_fields = fields

    @extend_schema_field(
        {
            "type": "object",
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "type": {"type": "string"},
            },
        }
    )
    def get_event(self, delivery: Delivery) -> dict[str, str]:
        """Return which event it carries, without reading it."""
        return {"id": str(delivery.event_id), "type": delivery.event_type}

    @extend_schema_field(NULLABLE_TEXT)
    def get_last_error(self, delivery: Delivery) -> str | None:
        """Return the last attempt's error; null when there was none."""
        return delivery.last_error or None


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One request that was made, and the answer to it."""

    started_at = Time(read_only=True)
    error = serializers.SerializerMethodField()
    manual = serializers.BooleanField(source="is_manual", read_only=True)
    request = serializers.SerializerMethodField()
    response = serializers.SerializerMethodField()

    class Meta:
        model = Attempt
        fields = (
            "number",
            "started_at",
            "duration_ms",
            "status_code",
            "error",
            "error_code",
            "error_hint",
            "manual",
            "request",
            "response",
            "timings",
        )
        read_only_fields = fields

    @extend_schema_field(NULLABLE_TEXT)
    def get_error(self, attempt: Attempt) -> str | None:
        """Return what went wrong as a sentence; null for a success."""
        return attempt.error or None

    @extend_schema_field(
        {
            "type": "object",
            "properties": {
                "url": {"type": "string"},
                "headers": HEADERS,
                "body": NULLABLE_TEXT,
            },
        }
    )
    def get_request(self, attempt: Attempt) -> dict[str, Any]:
        """Return what was sent; secrets in headers are masked."""
        payload = attempt.delivery.payload
        return {
            "url": attempt.url,
            "headers": attempt.request_headers,
            "body": payload.body if payload is not None else None,
        }

    @extend_schema_field(
        {
            "type": "object",
            "properties": {
                "headers": HEADERS,
                "body": {"type": "string"},
                "truncated": {"type": "boolean"},
            },
        }
    )
    def get_response(self, attempt: Attempt) -> dict[str, Any]:
        """Return what came back, as much as is kept."""
        return {
            "headers": attempt.response_headers,
            "body": attempt.response_body,
            "truncated": attempt.is_response_truncated,
        }


class EventSerializer(serializers.ModelSerializer[Event]):
    """Something that happened."""

    occurred_at = Time(read_only=True)
    subject = serializers.SerializerMethodField()
    deliveries = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = (
            "id",
            "type",
            "occurred_at",
            "subject",
            "network",
            "data",
            "trace",
            "deliveries",
        )
        read_only_fields = fields

    network = Reference(Network, read_only=True, allow_null=True)

    @extend_schema_field(
        {
            "type": "object",
            "nullable": True,
            "properties": {
                "kind": {"type": "string"},
                "id": {"type": "string"},
                "label": {"type": "string"},
            },
        }
    )
    def get_subject(self, event: Event) -> dict[str, str] | None:
        """Return what it is about."""
        if not event.subject_kind:
            return None
        return {
            "kind": event.subject_kind,
            "id": event.subject_id,
            "label": event.subject_label,
        }

    @extend_schema_field(
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "webhook": {"type": "string", "format": "uuid"},
                    "status": {"type": "string"},
                },
            },
        }
    )
    def get_deliveries(self, event: Event) -> list[dict[str, str]]:
        """Return where it goes, and how far it is."""
        return [
            {
                "id": str(delivery.pk),
                "webhook": str(delivery.destination_id),
                "status": delivery.status,
            }
            for delivery in event.deliveries.all()
        ]
