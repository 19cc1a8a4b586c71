"""The form of an escalation policy: its settings, and its steps a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from alerts.actions import NewStep, find_step_errors
from alerts.models import EscalationPolicy, Incident, OnCallSchedule
from alerts.on_call_forms import list_targets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.permissions import Access

SPARE_LINES = 2
MOST_LINES = 20
MAX_WAIT_MINUTES = 1440
DEFAULT_WAIT_MINUTES = 5


class PolicyForm(forms.ModelForm[EscalationPolicy]):
    """A policy with its steps. `steps` holds those of a valid form, in their order."""

    class Meta:
        model = EscalationPolicy
        fields = (
            "label",
            "description",
            "is_default",
            "minimum_severity",
            "repeat_count",
        )
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
        labels = {
            "is_default": "The default",
            "minimum_severity": "Only from this severity on",
            "repeat_count": "Go through the steps again",
        }
        help_texts = {
            "is_default": "For services that name no policy, and incidents of none.",
            "repeat_count": "How often, 0 to 10, when nobody took it by the end.",
        }
        error_messages = {
            "label": {"required": "Give it a name, such as “Customer-facing”."}
        }

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        self.steps: list[NewStep] = []
        severity = self.fields["minimum_severity"]
        assert isinstance(severity, forms.ChoiceField)
        severity.choices = [
            ("", "Every incident"),
            *Incident.Severity.choices,
        ]
        self._targets = _list_choices(access)
        stored = [] if self.instance._state.adding else _list_stored(self.instance)
        self.line_count = self._count_lines(len(stored))
        for number in range(self.line_count):
            line = stored[number] if number < len(stored) else ("", None)
            self._add_line(number, *line)

    def lines(self) -> Iterator[tuple[int, Any, Any]]:
        """Yield number, target and wait, for each line."""
        for number in range(self.line_count):
            yield number + 1, self[f"target_{number}"], self[f"wait_{number}"]

    def disable(self) -> None:
        """Show the policy to somebody who may not change it."""
        for field in self.fields.values():
            field.disabled = True

    def clean(self) -> dict[str, Any]:
        """Read the steps; lines without a target are left out."""
        cleaned = super().clean() or {}
        self.steps = [
            self._read_step(cleaned[f"target_{number}"], cleaned.get(f"wait_{number}"))
            for number in range(self.line_count)
            if cleaned.get(f"target_{number}")
        ]
        organization_id = self.access.organization.pk
        for sentence in find_step_errors(self.steps, organization_id):
            self.add_error("target_0", sentence)
        return cleaned

    def _read_step(self, target: str, wait: int | None) -> NewStep:
        kind, _, row_id = target.partition(":")
        minutes = DEFAULT_WAIT_MINUTES if wait is None else wait
        if kind == "schedule":
            schedule = self.access.get(OnCallSchedule, row_id)
            return NewStep(schedule=schedule, wait_minutes=minutes)
        destination = list_targets(self.access).get(pk=row_id)
        return NewStep(destination=destination, wait_minutes=minutes)

    def _count_lines(self, stored_count: int) -> int:
        count = stored_count + SPARE_LINES
        if self.is_bound:
            while count < MOST_LINES and f"target_{count}" in self.data:
                count += 1
            count += SPARE_LINES if "more" in self.data else 0
        return min(count, MOST_LINES)

    def _add_line(self, number: int, target: str, wait: int | None) -> None:
        self.fields[f"target_{number}"] = forms.ChoiceField(
            choices=self._targets,
            required=False,
            initial=target,
            label=f"Step {number + 1} tells",
        )
        self.fields[f"wait_{number}"] = forms.IntegerField(
            min_value=0,
            max_value=MAX_WAIT_MINUTES,
            required=False,
            initial=DEFAULT_WAIT_MINUTES if wait is None else wait,
            label="Minutes until the next step",
        )


def _list_choices(access: Access) -> list[Any]:
    schedules = access.rows(OnCallSchedule).order_by("name")
    return [
        ("", "Nobody"),
        (
            "Who is on call",
            [
                (f"schedule:{pk}", name)
                for pk, name in schedules.values_list("pk", "name")
            ],
        ),
        (
            "Webhooks",
            [
                (f"webhook:{pk}", label)
                for pk, label in list_targets(access).values_list("pk", "label")
            ],
        ),
    ]


def _list_stored(policy: EscalationPolicy) -> list[tuple[str, int]]:
    return [
        (
            f"webhook:{step.destination_id}"
            if step.destination_id
            else f"schedule:{step.schedule_id}",
            step.wait_minutes,
        )
        for step in policy.steps.order_by("position")
    ]
