"""The form of a rule in the admin: every field, lists and tables as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms

from alerts.actions import FurtherTarget, find_further_target_errors
from alerts.actions.rules import FIELDS
from alerts.forms import RuleForm
from alerts.models import Incident, Rule
from alerts.models.rule import DAY_SECONDS
from integrations_project.lib.form_fields import JsonField, PairsField
from webhooks.models import Destination


class FurtherTargetsField(forms.CharField):
    """URLs that share a webhook's settings; a line is its label or id, and the URL."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(required=False, **options)

    def read(self, text: str, webhooks: list[Destination]) -> Iterator[FurtherTarget]:
        """Yield what the lines name.

        Raises:
            ValidationError: A line names no webhook, or two.
        """
        for line in filter(None, map(str.strip, text.splitlines())):
            name, _, url = line.rpartition(" ")
            named = [w for w in webhooks if name.strip() in (w.label, str(w.pk))]
            if len(named) != 1:
                many = "more than one webhook: write its id" if named else "no webhook"
                message = (
                    f"“{line:.100}” names {many}. Write a webhook's label or id, a "
                    "space, and the URL."
                )
                raise forms.ValidationError(message)
            yield FurtherTarget(named[0], url)


class AdminRuleForm(RuleForm):
    """Everything that a rule has."""

    labels = PairsField(required=False, help_text="One a line, such as team: payments.")
    minimum_severity = forms.ChoiceField(
        required=False, choices=[("", "Every severity"), *Incident.Severity.choices]
    )
    conditions = JsonField(
        empty=list, help_text='[{"field": "severity", "op": "equals", "value": "…"}]'
    )
    allowed_names = JsonField(
        empty=list, help_text='[{"match": "prefix", "value": "db-"}]'
    )
    ignored_names = JsonField(empty=list, help_text="Written like allowed names.")
    options = JsonField(
        empty=dict,
        help_text=(
            '{"device_types": ["Switch"], "threshold": 0.8, "changes_only": true}'
        ),
    )
    active_hours = JsonField(
        empty=dict,
        help_text=(
            '{"time_zone": "Europe/Paris", "windows": [{"days": [0, 1, 2, 3, 4], '
            '"from": "08:00", "to": "18:00"}]}; 0 is Monday, empty is always.'
        ),
    )
    delay_seconds = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=DAY_SECONDS,
        help_text="How long a bad state must last; recovered before, nobody is told.",
    )
    further_targets = FurtherTargetsField(
        label="URLs of their own",
        help_text="One a line: a webhook's label or id, a space, and the URL.",
    )

    class Meta(RuleForm.Meta):
        model = Rule
        fields = tuple(  # type: ignore[assignment]  # more than the other form has
            dict.fromkeys((*RuleForm.Meta.fields, *FIELDS))
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["targets"].required = False
        if not self.instance._state.adding:
            rows = self.instance.further_targets.select_related("destination")
            lines = (f"{row.destination_id} {row.url}" for row in rows)
            self.initial["further_targets"] = "\n".join(lines)

    def clean_delay_seconds(self) -> int:
        """Wait for nothing when nothing is said."""
        return self.cleaned_data["delay_seconds"] or 0

    def clean_further_targets(self) -> list[FurtherTarget]:
        """Return the URLs with the webhooks whose settings they share."""
        field = self.fields["further_targets"]
        assert isinstance(field, FurtherTargetsField)
        webhooks = self.access.rows(Destination).filter(managed_by="")
        text: str = self.cleaned_data["further_targets"]
        return list(field.read(text, list(webhooks)))

    def clean(self) -> dict[str, Any]:
        """Check the targets of both kinds together."""
        cleaned = super().clean()
        further = cleaned.get("further_targets")
        if further is None or "targets" not in cleaned:
            return cleaned
        if not further and not cleaned["targets"]:
            self.add_error("targets", "Choose at least one webhook to tell.")
        for sentence in find_further_target_errors(self.instance, further):
            self.add_error("further_targets", sentence)
        return cleaned
