"""`/api/webhooks/test`: send a sample of what a schedule pushes, and tell how it went.

Source: https://docs.meter.sh/api-reference/rest/webhooks (read 2026-11); the client
has no method for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.response import Response

from integrations_project.lib.api.fields import write_time
from integrations_project.lib.ids import uuid7
from monitors.actions.telling import plan_telling
from monitors.client_api.base import ClientResource
from monitors.client_api.fields import Line
from monitors.client_api.schedule_inputs import Webhook
from monitors.models import Schedule
from webhooks.actions import verify_destination
from webhooks.models import Event

if TYPE_CHECKING:
    from datetime import datetime

    from rest_framework.request import Request

    from accounts.models import Organization
    from integrations_project.lib.json_types import JSONObject
    from webhooks.datatypes import VerifyResult

RESULTS = (
    {"title": "Sample product A", "price": "$19.99"},
    {"title": "Sample product B", "price": "$29.99"},
)
PAGE = "https://example.com/products"
HASH = "7f3d9a2b4c1e5f8a9b0c1d2e3f4a5b6c"


class Testing(Webhook):
    """Where to send it; the rest as for a schedule."""

    webhook_url = Line(max_length=2_048)


class WebhookTests(ClientResource):
    """Tries an address before a schedule tells it."""

    slow_actions = frozenset({"send"})

    def send(self, request: Request) -> Response:
        """Send a made-up run at once; it counts for nothing."""
        given = dict(self.read_input(Testing).validated_data)
        metadata = given.pop("webhook_metadata", None) or {}
        organization, now = self.access.organization, timezone.now()
        schedule = Schedule(organization=organization)
        destination = plan_telling(schedule, given, label="Test").destination
        if destination is None:
            sentence = "Write where to send it, such as https://example.com/hook."
            raise serializers.ValidationError({"webhook_url": [sentence]})
        result = verify_destination(
            destination,
            actor=self.access.actor,
            now=now,
            entered_secrets=("secret",),
            event=build_sample(organization, metadata=metadata, now=now),
        )
        return Response(show_result(result))


def build_sample(
    organization: Organization, *, metadata: JSONObject, now: datetime
) -> Event:
    """Return a run that never was, as the event that would tell of it; not saved."""
    schedule_id = str(uuid7())
    data: dict[str, Any] = {
        "monitor": {"id": schedule_id, "name": "Sample products"},
        "job_id": str(uuid7()),
        "schedule_id": schedule_id,
        "url": PAGE,
        "status": "completed",
        "results": list(RESULTS),
        "item_count": len(RESULTS),
        "has_changes": True,
        "content_hash": HASH,
        "completed_at": write_time(now),
        "metadata": metadata,
    }
    return Event(
        organization=organization,
        type="monitor.job_completed",
        subject_kind="monitor",
        subject_id=schedule_id,
        subject_label="Sample products",
        data=data,
        trace=uuid7(),
        occurred_at=now,
    )


def show_result(result: VerifyResult) -> dict[str, Any]:
    """Return how it went; ``status_code`` is 0 when there was no answer."""
    status_code = result.status_code or 0
    if result.delivered:
        message = f"Delivered: the endpoint answered {status_code}."
    else:
        message = f"{result.error_detail} {result.error_hint}".strip()
    return {
        "success": result.delivered,
        "status_code": status_code,
        "message": message,
    }
