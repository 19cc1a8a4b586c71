"""`/api/v1/rules`: which events are sent to which webhooks."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Network
from alerts import actions
from alerts.models import Rule, Service
from integrations_project.lib.api.fields import References, Words
from integrations_project.lib.api.resources import Configurable
from integrations_project.lib.api.serializers import Errors, RowSerializer
from integrations_project.lib.json_types import describe_json
from webhooks.models import Destination

RELATIONS = ("networks", "excluded_networks", "services", "targets")


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["webhook"],
            "properties": {
                "webhook": {"type": "string", "format": "uuid"},
                "url": {"type": "string", "readOnly": True},
            },
        },
    }
)
class Targets(References):
    """Webhooks, each as ``{"webhook": id}``; an id alone is taken too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Destination, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            message = (
                'Write a list such as [{"webhook": "<id>"}], '
                f"not {describe_json(data)}."
            )
            raise serializers.ValidationError(message)
        found = super().to_internal_value([self._read_id(each) for each in data])
        urls = {str(destination.pk): destination.url for destination in found}
        for each in data:
            self._check_url(each, urls)
        return found

    def to_representation(self, value: Any) -> list[Any]:
        return [{"webhook": str(each.pk), "url": each.url} for each in value.all()]

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

    def _check_url(self, target: Any, urls: dict[str, str]) -> None:
        # It is shown for people; a webhook's URL is changed at the webhook.
        if not isinstance(target, dict) or "url" not in target:
            return
        if target["url"] != urls[target["webhook"].lower()]:
            message = "The URL of a target is that of its webhook; change it there."
            raise serializers.ValidationError(message)


class RuleSerializer(RowSerializer):
    """Sends matching events to its targets."""

    event_types = Words()
    networks = References(Network)
    excluded_networks = References(Network)
    services = References(Service)
    targets = Targets(required=True)

    class Meta:
        model = Rule
        fields = (
            "id",
            "label",
            "description",
            "enabled",
            "event_types",
            "company_wide",
            "networks",
            "excluded_networks",
            "services",
            "targets",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "created_at", "updated_at")

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        super().judge(values, errors, data)
        if not errors.keys() & {"networks", "company_wide"}:
            related = self.list_related(values)
            if not self.row.company_wide and not related["networks"]:
                message = "Choose at least one network, or make the rule company wide."
                errors["networks"] = [message]

    def list_related(self, values: dict[str, Any]) -> dict[str, list[Any]]:
        """Return all related rows: those given now, or else those it has."""
        return {
            name: values[name] if name in values else self._stored(name)
            for name in RELATIONS
        }

    def _stored(self, name: str) -> list[Any]:
        return [] if self.instance is None else list(getattr(self.instance, name).all())


class RuleResource(Configurable):
    """Rules: which events are sent to which webhooks."""

    model = Rule
    serializer_class = RuleSerializer

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related(*RELATIONS)

    def make(self, serializer: RuleSerializer) -> tuple[Rule, dict[str, Any]]:
        return self._store(serializer), {}

    def save(self, serializer: RuleSerializer) -> Rule:
        return self._store(serializer)

    def remove(self, row: Rule) -> None:
        actions.delete_rule(row, actor=self.access.actor)

    def _store(self, serializer: RuleSerializer) -> Rule:
        related = serializer.list_related(serializer.validated_data)
        is_wide = serializer.row.company_wide
        self.require_networks([] if is_wide else related["networks"])
        return actions.save_rule(serializer.row, actor=self.access.actor, **related)
