"""Fields of a rule over REST: its targets, and the JSON that its model judges."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts.actions import FurtherTarget
from alerts.models import Incident
from integrations_project.lib.api.fields import Choice, References
from integrations_project.lib.json_types import describe_json
from webhooks.models import Destination

TARGETS_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["webhook"],
        "properties": {
            "webhook": {"type": "string", "format": "uuid"},
            "url": {
                "type": "string",
                "description": "Left out, or the webhook's own: the webhook itself. "
                "Another: that URL, with the webhook's other settings.",
            },
        },
    },
}


@extend_schema_field(TARGETS_SCHEMA)
class Targets(References):
    """Webhooks, each as ``{"webhook": id, "url": …}``; an id alone is taken too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Destination, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return destinations for those told at their own URL, and further targets."""
        if not isinstance(data, list):
            message = (
                'Write a list such as [{"webhook": "<id>"}], '
                f"not {describe_json(data)}."
            )
            raise serializers.ValidationError(message)
        ids = [self._read_id(each) for each in data]
        unique = list(dict.fromkeys(ids)) if all(map(_is_text, ids)) else ids
        found = {str(row.pk): row for row in super().to_internal_value(unique)}
        return [self._read_target(each, found) for each in data]

    def to_representation(self, value: Any) -> list[Any]:
        rule = value.instance
        own = [{"webhook": str(each.pk), "url": each.url} for each in value.all()]
        further = [
            {"webhook": str(each.destination_id), "url": each.url}
            for each in rule.further_targets.all()
        ]
        return own + further

    def _read_id(self, target: Any) -> Any:
        if not isinstance(target, dict):
            return target
        if unknown := target.keys() - {"webhook", "url"}:
            message = f"A target has no field {sorted(unknown)[0]!r:.60}."
            raise serializers.ValidationError(message)
        if "webhook" not in target:
            message = "A target names a webhook: make one with POST /api/v1/webhooks."
            raise serializers.ValidationError(message)
        return target["webhook"]

    def _read_target(self, target: Any, found: dict[str, Destination]) -> Any:
        key = target["webhook"] if isinstance(target, dict) else target
        webhook = found[key.lower()]
        url = target.get("url") if isinstance(target, dict) else None
        if url is None or url == webhook.url:
            return webhook
        if not isinstance(url, str) or not url.strip():
            message = "Write the url of a target as a text, or leave it out."
            raise serializers.ValidationError(message)
        return FurtherTarget(webhook, url.strip())


class LeastSeverity(Choice):
    """A severity, or an empty text for every one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Incident.Severity.choices, required=False, **options)

    def to_internal_value(self, data: Any) -> Any:
        return "" if data in ("", None) else super().to_internal_value(data)


class Json(serializers.JSONField):
    """Any JSON; the model says what is wrong with it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["field", "op"],
            "properties": {
                "field": {"type": "string"},
                "op": {"type": "string"},
                "value": {},
            },
        },
    }
)
class Conditions(Json):
    """Conditions on data."""


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["match", "value"],
            "properties": {
                "match": {"type": "string"},
                "value": {"type": "string"},
                "field": {"type": "string"},
            },
        },
    }
)
class NameList(Json):
    """Names that are allowed, or ignored."""


@extend_schema_field({"type": "object", "additionalProperties": True})
class Settings(Json):
    """An object."""


def _is_text(value: object) -> bool:
    return isinstance(value, str)
