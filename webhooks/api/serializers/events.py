"""How events are shown."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Network
from integrations_project.lib.api.fields import Reference, Time
from webhooks.models import Event


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
