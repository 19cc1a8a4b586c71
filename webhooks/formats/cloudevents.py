"""Events in the CNCF's envelope, structured mode.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md and
…/bindings/http-protocol-binding.md (read 2026-11).
"""

from __future__ import annotations

from webhooks.datatypes import EventSnapshot
from webhooks.formats.base import JSON, WEBHOOK_ONLY, dump, iso
from webhooks.formats.samples import build_sample


class CloudEventsFormat:
    """CloudEvents 1.0; ``data`` is what the format standard has in it."""

    name = "cloudevents"
    label = "CloudEvents"
    description = "Every event, in the envelope of CloudEvents 1.0."
    kinds = WEBHOOK_ONLY
    #: Structured mode is known by it.
    content_type = "application/cloudevents+json"

    def carries(self, event_type: str) -> bool:
        """Carry every type of event."""
        return bool(event_type)

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the envelope; ``source`` and ``id`` together are unique."""
        envelope = {
            "specversion": "1.0",
            "id": snapshot.id,
            "source": f"/organizations/{snapshot.organization_id}",
            "type": snapshot.type,
            "subject": snapshot.subject,
            "time": iso(snapshot.occurred_at),
            "datacontenttype": JSON,
            "data": {**snapshot.data, "trace": snapshot.trace},
        }
        if not snapshot.subject:
            del envelope["subject"]  # optional, but never empty
        return dump(envelope)

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up event of the type, else a plain test event."""
        return build_sample(event_type)
