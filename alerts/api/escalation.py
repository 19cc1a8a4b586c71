"""`/api/v1/escalation-policies`: who is told next when nobody takes an incident."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts import actions
from alerts.actions import NewStep, find_step_errors
from alerts.models import EscalationPolicy, EscalationStep, Incident, OnCallSchedule
from alerts.problems import list_policy_problems
from integrations_project.lib.api.fields import Choice, Reference
from integrations_project.lib.api.resources import Configurable
from integrations_project.lib.api.serializers import Errors, Input, RowSerializer
from integrations_project.lib.json_types import describe_json, quote
from webhooks.models import Destination

FIELDS = ("webhook", "schedule", "wait_minutes", "label")
USUAL_WAIT_MINUTES = 5
MAX_STEPS = 20


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "webhook": {"type": "string", "format": "uuid", "nullable": True},
                "schedule": {"type": "string", "format": "uuid", "nullable": True},
                "wait_minutes": {"type": "integer", "minimum": 0, "maximum": 1440},
                "label": {"type": "string", "readOnly": True},
            },
        },
    }
)
class Steps(serializers.Field[Any, Any, Any, Any]):
    """Steps in their order: ``{"webhook": id}`` or ``{"schedule": id}``, and a wait."""

    def to_internal_value(self, data: Any) -> list[NewStep]:
        if not isinstance(data, list):
            message = (
                'Write a list such as [{"webhook": "<id>", "wait_minutes": 5}], '
                f"not {describe_json(data)}."
            )
            raise serializers.ValidationError(message)
        if len(data) > MAX_STEPS:
            message = f"A policy has at most {MAX_STEPS} steps."
            raise serializers.ValidationError(message)
        found = [self._read(number, given) for number, given in enumerate(data, 1)]
        organization_id = self.context["access"].organization.pk
        if sentences := find_step_errors(found, organization_id):
            raise serializers.ValidationError(sentences)
        return found

    def to_representation(self, value: Any) -> list[Any]:
        return [show_step(step) for step in value.all()]

    def _read(self, number: int, given: Any) -> NewStep:
        if not isinstance(given, dict):
            self._refuse(number, f"write an object, not {describe_json(given)}.")
        if unknown := given.keys() - set(FIELDS):
            name = quote(sorted(map(str, unknown))[0])
            self._refuse(number, f"a step has no field {name}.")
        wait = given.get("wait_minutes", USUAL_WAIT_MINUTES)
        if not isinstance(wait, int) or isinstance(wait, bool):
            self._refuse(number, "write wait_minutes as a whole number.")
        return NewStep(
            destination=self._find(number, Destination, given.get("webhook")),
            schedule=self._find(number, OnCallSchedule, given.get("schedule")),
            wait_minutes=wait,
        )

    def _find(self, number: int, model: Any, row_id: Any) -> Any:
        if row_id is None:
            return None
        reference = Reference(model)
        reference.bind("step", self.parent)
        try:
            return reference.to_internal_value(row_id)
        except serializers.ValidationError as error:
            detail: Any = error.detail
            self._refuse(number, str(detail[0]))

    def _refuse(self, number: int, sentence: str) -> Any:
        raise serializers.ValidationError(f"Step {number}: {sentence}")


class StepsInput(Input):
    """The steps alone, as the admin takes them."""

    steps = Steps()


def show_step(step: EscalationStep) -> dict[str, Any]:
    """Return a step, as it may be written again."""
    return {
        "webhook": str(step.destination_id) if step.destination_id else None,
        "schedule": str(step.schedule_id) if step.schedule_id else None,
        "wait_minutes": step.wait_minutes,
        "label": str(step.destination or step.schedule),
    }


class LeastSeverity(Choice):
    """A severity, or null for every one."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return "" if data in (None, "") else super().run_validation(data)

    def to_representation(self, value: Any) -> Any:
        return value or None


class PolicySerializer(RowSerializer):
    """Steps that are taken one after the other until somebody acknowledges."""

    steps = Steps(required=True)
    minimum_severity = LeastSeverity(
        choices=Incident.Severity.choices, required=False, allow_null=True
    )
    problems = serializers.SerializerMethodField()

    class Meta:
        model = EscalationPolicy
        fields = (
            "id",
            "label",
            "description",
            "is_default",
            "minimum_severity",
            "repeat_count",
            "steps",
            "problems",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "created_at", "updated_at")

    def get_problems(self, policy: EscalationPolicy) -> list[str]:
        """Why it tells nobody, or not all: deleted webhooks, and disabled ones."""
        return list_policy_problems(policy)

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        super().judge(values, errors, data)
        # There is one default; the former stops being it when this one is stored.
        if self.row.is_default:
            errors.pop(self.constraint_field, None)


class EscalationPolicyResource(Configurable):
    """Escalation policies, each with its steps as one document."""

    model = EscalationPolicy
    serializer_class = PolicySerializer

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related("steps__destination", "steps__schedule")

    def make(self, serializer: PolicySerializer) -> tuple[Any, dict[str, Any]]:
        return self._store(serializer), {}

    def save(self, serializer: PolicySerializer) -> EscalationPolicy:
        return self._store(serializer)

    def remove(self, row: EscalationPolicy) -> None:
        actions.delete_policy(row, actor=self.access.actor)

    def _store(self, serializer: PolicySerializer) -> EscalationPolicy:
        self.require_networks([])
        return actions.save_policy(
            serializer.row,
            steps=serializer.validated_data.get("steps"),
            actor=self.access.actor,
        )
