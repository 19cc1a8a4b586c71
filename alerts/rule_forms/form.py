"""The form of a rule: what, where, which, when, and whom it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from alerts import actions
from alerts.conditions.fields import read_number
from alerts.forms import RuleForm
from alerts.models import Incident, Rule
from alerts.models.rule import DAY_SECONDS
from alerts.rule_forms.rows import (
    ConditionLines,
    HourLines,
    Lines,
    NameLines,
    TargetLines,
)
from integrations_project.lib.form_fields import PairsField
from integrations_project.lib.spans import SpanField
from integrations_project.lib.zones import list_zones
from webhooks.models import Destination

if TYPE_CHECKING:
    from alerts.conditions import RuleSpec

DEVICE_TYPES = (
    "Access Point",
    "Cellular Gateway",
    "Firewall",
    "Power Distribution Unit",
    "Switch",
)
DEFAULT_THRESHOLD = 0.8
DEFAULT_CLIENT_COUNT = 50
#: Without these a rule can be previewed, although it cannot be saved.
_NOT_JUDGED = ("label", "description", "enabled", "targets", "target_")
#: What the model says of columns that are typed in lines is shown at the first.
_SHOWN_AT = {
    "conditions": "condition_0_field",
    "allowed_names": "name_0_value",
    "ignored_names": "name_0_value",
    "active_hours": "time_zone",
    "options": "threshold",
}


class FullRuleForm(RuleForm):
    """Everything that a rule has, for the dashboard."""

    labels = PairsField(
        required=False,
        label="Only those marked with",
        help_text="Labels of the service or incident, one a line: team: payments.",
    )
    minimum_severity = forms.ChoiceField(
        required=False, choices=[("", "Every severity"), *Incident.Severity.choices]
    )
    device_types = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked means every device.",
    )
    threshold = forms.FloatField(
        required=False,
        min_value=0,
        max_value=1,
        widget=forms.NumberInput(attrs={"step": "any", "placeholder": "0.8"}),
        help_text="A share from 0 to 1; 0.8 is usual. Empty does not ask for one.",
    )
    client_count_threshold = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=1_000_000,
        widget=forms.NumberInput(attrs={"placeholder": "50"}),
        help_text="From so many clients on; 50 is usual. Empty does not ask for one.",
    )
    changes_only = forms.BooleanField(
        required=False,
        label="Only runs that found a change",
        help_text="Runs that found the page as it was are not told.",
    )
    time_zone = forms.ChoiceField(
        required=False, help_text="Its clocks count, summer and winter."
    )
    delay_seconds = SpanField(
        most=DAY_SECONDS,
        label="Wait until it has lasted",
        widget=forms.TextInput(attrs={"list": "usual-delays", "placeholder": "0 s"}),
        help_text="Recovered before, nobody is told. 5 min is usual for services.",
    )
    repeat_seconds = SpanField(
        least=60,
        most=7 * DAY_SECONDS,
        label="Tell again every",
        widget=forms.TextInput(attrs={"list": "usual-repeats", "placeholder": "never"}),
        help_text="While it is not over and nobody took it. Empty tells once.",
    )

    class Meta(RuleForm.Meta):
        model = Rule
        fields = (
            *RuleForm.Meta.fields,
            "labels",
            "minimum_severity",
            "delay_seconds",
            "repeat_seconds",
        )  # type: ignore[assignment]  # the base names fewer

    def __init__(self, *args: Any, is_preview: bool = False, **options: Any) -> None:
        """Take what a form takes, and whether it is only looked at, not saved."""
        super().__init__(*args, **options)
        self.is_preview = is_preview
        rule = self.instance
        self.fields["targets"].required = False
        self._set_options(rule.options)
        self.conditions = ConditionLines(self, "condition", rule.conditions)
        self.names = NameLines(
            self,
            "name",
            [{"list": "allow", **each} for each in rule.allowed_names]
            + [{"list": "ignore", **each} for each in rule.ignored_names],
        )
        self._set_hours(rule.active_hours)
        self._set_targets()

    def disable(self) -> None:
        super().disable()
        self.fields["targets"].required = False

    def clean_delay_seconds(self) -> int:
        """Wait for nothing when nothing is said."""
        return self.cleaned_data["delay_seconds"] or 0

    def clean(self) -> dict[str, Any]:
        """Read the lines, and put what they say on the rule."""
        cleaned = super().clean()
        rule = self.instance
        rule.conditions = self.conditions.read(cleaned)
        rule.allowed_names, rule.ignored_names = self.names.read(cleaned)
        rule.active_hours = self.hours.read(cleaned, cleaned.get("time_zone") or "UTC")
        rule.options = self._read_options(cleaned)
        cleaned["further_targets"] = self._read_further(cleaned)
        is_told = cleaned["further_targets"] or cleaned.get("targets")
        if not is_told and not self._has_errors_at("target"):
            self.add_error("targets", "Choose at least one webhook to tell.")
        return cleaned

    @property
    def has_conditions(self) -> bool:
        """Whether that part of the form is more than empty lines."""
        return self._is_used(self.conditions)

    @property
    def has_names(self) -> bool:
        """The same of names."""
        return self._is_used(self.names)

    @property
    def has_hours(self) -> bool:
        """The same of hours."""
        return self._is_used(self.hours)

    @property
    def has_further_targets(self) -> bool:
        """The same of URLs of their own."""
        return self._is_used(self.further)

    def _is_used(self, lines: Lines) -> bool:
        if not self.is_bound:
            return bool(lines.stored)
        wants_more = self.data.get("more") == lines.prefix
        cleaned = getattr(self, "cleaned_data", {})
        is_wrong = self._has_errors_at(f"{lines.prefix}_")
        return wants_more or is_wrong or any(lines.list_typed(cleaned))

    def build_spec(self) -> RuleSpec | None:
        """Return what the rule asks for as it is typed; None: it cannot be judged."""
        if any(not name.startswith(_NOT_JUDGED) for name in self.errors):
            return None
        cleaned = self.cleaned_data
        return actions.build_spec(
            self.instance,
            services=cleaned["services"],
            networks=cleaned["networks"],
            excluded_networks=cleaned["excluded_networks"],
        )

    def find_obstacle(self) -> str:
        """Return what keeps the rule from being judged, as a sentence."""
        for name, sentences in self.errors.items():
            if not name.startswith(_NOT_JUDGED):
                return str(sentences[0])
        return ""

    def _set_options(self, stored: dict[str, Any]) -> None:
        kept = [str(each) for each in stored.get("device_types", ())]
        plain = {_plain(each): each for each in DEVICE_TYPES}
        shown = [plain.get(_plain(each), each) for each in kept]
        field = self.fields["device_types"]
        assert isinstance(field, forms.MultipleChoiceField)
        words = dict.fromkeys((*DEVICE_TYPES, *shown))
        field.choices = [(word, word) for word in words]
        self.initial.setdefault("device_types", shown)
        for name in ("threshold", "client_count_threshold"):
            self.initial.setdefault(name, read_number(stored.get(name)))
        self.initial.setdefault("changes_only", stored.get("changes_only") is True)

    def _set_hours(self, stored: dict[str, Any]) -> None:
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        names = dict.fromkeys(["UTC", *list_zones()])
        zone.choices = [(name, name) for name in names]
        self.initial.setdefault("time_zone", stored.get("time_zone", "UTC"))
        self.hours = HourLines(self, "hours", stored.get("windows", []))

    def _set_targets(self) -> None:
        stored = []
        if not self.instance._state.adding:
            rows = self.instance.further_targets.order_by("pk")
            stored = [{"webhook": str(r.destination_id), "url": r.url} for r in rows]
        self.further = TargetLines(self, "target", stored)
        webhooks = self.access.rows(Destination).filter(managed_by="", kind="webhook")
        pairs = webhooks.order_by("label").values_list("pk", "label")
        self.further.offer([(str(pk), label) for pk, label in pairs])

    def _read_options(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        names = ("device_types", "threshold", "client_count_threshold")
        options = {name: cleaned.get(name) for name in names}
        if cleaned.get("changes_only"):
            options["changes_only"] = True
        return {name: v for name, v in options.items() if v not in (None, [])}

    def _read_further(self, cleaned: dict[str, Any]) -> list[actions.FurtherTarget]:
        found = []
        for number, webhook_id, url in self.further.read(cleaned):
            webhook = self.access.get(Destination, webhook_id)
            target = actions.FurtherTarget(webhook, url)
            types = cleaned.get("event_types") or []
            errors = actions.find_target_errors(types, [webhook])
            if not self.is_preview:  # it looks up hosts
                errors += actions.find_further_target_errors(self.instance, [target])
            for sentence in errors:
                self.further.refuse(number, "url", sentence)
            found.append(target)
        return found

    def _has_errors_at(self, prefix: str) -> bool:
        return any(name.startswith(prefix) for name in self.errors)

    def _update_errors(self, errors: ValidationError) -> None:
        """Show what the model says of columns where they are typed."""
        if hasattr(errors, "error_dict"):
            for column, shown_at in _SHOWN_AT.items():
                if column in errors.error_dict:
                    found = errors.error_dict.pop(column)
                    errors.error_dict.setdefault(shown_at, []).extend(found)
        super()._update_errors(errors)  # type: ignore[misc]  # Django's own


def _plain(device_type: str) -> str:
    return "".join(c for c in device_type.lower() if c.isalnum())
