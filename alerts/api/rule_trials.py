"""The answers of a rule's preview and test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrations_project.lib.api.fields import Reference, write_time
from integrations_project.lib.api.serializers import Input
from webhooks.models import Destination, Event

if TYPE_CHECKING:
    from alerts.actions import RulePreview, RuleTest

_TEXT = {"type": "string"}
_COUNT = {"type": "integer"}
_TIME = {"type": "string", "format": "date-time"}
PREVIEW_SCHEMA = {
    "type": "object",
    "properties": {
        "detail": _TEXT,
        "since": _TIME,
        "matched_count": _COUNT,
        "looked_at_count": _COUNT,
        "is_cut": {"type": "boolean"},
        "reached_back_to": {**_TIME, "nullable": True},
        "events": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "type": _TEXT,
                    "occurred_at": _TIME,
                    "subject": {
                        "type": "object",
                        "properties": {"kind": _TEXT, "id": _TEXT, "label": _TEXT},
                    },
                },
            },
        },
    },
}
TEST_SCHEMA = {
    "type": "object",
    "properties": {
        "matches": {"type": "boolean"},
        "criteria": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": _TEXT,
                    "passed": {"type": "boolean"},
                    "reason": _TEXT,
                },
            },
        },
        "sent": {
            "type": "object",
            "nullable": True,
            "description": "As Verify answers; null when nothing was sent.",
            "additionalProperties": True,
        },
    },
}


class RuleTestSerializer(Input):
    """A past event, and perhaps where to send it."""

    event = Reference(Event)
    target = Reference(
        Destination,
        required=False,
        allow_null=True,
        help_text="A webhook that is sent the event, as a test.",
    )


def show_preview(preview: RulePreview) -> dict[str, Any]:
    """Return a preview as the API answers it: the count, and the newest events."""
    return {
        "detail": str(preview),
        "since": write_time(preview.since),
        "matched_count": preview.match_count,
        "looked_at_count": preview.looked_at_count,
        "is_cut": preview.is_cut,
        "reached_back_to": write_time(preview.reached_back_to),
        "events": [_show_event(event) for event in preview.events],
    }


def show_test(tried: RuleTest) -> dict[str, Any]:
    """Return how a rule judged an event, one line for each thing it asks for."""
    return {
        "matches": tried.matches,
        "criteria": [
            {"field": each.field, "passed": each.passed, "reason": each.sentence}
            for each in tried.criteria
        ],
        "sent": tried.sent.show() if tried.sent is not None else None,
    }


def _show_event(event: Event) -> dict[str, Any]:
    return {
        "id": str(event.pk),
        "type": event.type,
        "occurred_at": write_time(event.occurred_at),
        "subject": {
            "kind": event.subject_kind,
            "id": event.subject_id,
            "label": event.subject_label,
        },
    }
