"""How deliveries and their attempts are shown."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from integrations_project.lib.api.fields import Number, Reference, Time
from webhooks.api.serializers.schemas import HEADERS, NULLABLE_TEXT
from webhooks.fate import describe_fate
from webhooks.hiding import hide_deliveries
from webhooks.models import Attempt, Delivery, Destination


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One event on its way to one webhook."""

    id = serializers.CharField(read_only=True)
    event = serializers.SerializerMethodField()
    webhook = Reference(Destination, source="destination", read_only=True)
    shares_with = serializers.SerializerMethodField()
    attempts_count = Number(source="attempt_count", read_only=True)
    reason = serializers.SerializerMethodField()
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
            "shares_with",
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

    def to_representation(self, instance: Delivery) -> dict[str, Any]:
        hide_deliveries(self.context["access"], [instance])
        return super().to_representation(instance)

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

    @extend_schema_field(
        {
            "type": "string",
            "format": "uuid",
            "nullable": True,
            "description": "The webhook whose settings `webhook` shares, if any.",
        }
    )
    def get_shares_with(self, delivery: Delivery) -> str | None:
        """Return the webhook that a rule's target at a URL of its own belongs to."""
        key = delivery.destination.shares_with_id
        return None if key is None else str(key)

    @extend_schema_field(
        {
            "type": "string",
            "description": "Why it waits, was skipped or was set aside; or empty.",
        }
    )
    def get_reason(self, delivery: Delivery) -> str:
        """Return what it waits for, in the pages' words, or why it ended."""
        if delivery.status == Delivery.Status.PENDING:
            return str(describe_fate(delivery, now=timezone.now()))
        return delivery.reason

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
        """Return what was sent; secrets in headers and links that act are masked."""
        payload = attempt.delivery.payload
        return {
            "url": attempt.url,
            "headers": attempt.request_headers,
            "body": payload.shown_body if payload is not None else None,
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
