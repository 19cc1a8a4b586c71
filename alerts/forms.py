"""Forms of services, incidents and rules, for the dashboard and the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from accounts.models import Network
from alerts.actions import find_target_errors
from alerts.models import EscalationPolicy, Incident, Rule, Service, Status
from integrations_project.lib.form_fields import LinesField, PairsField
from webhooks.models import Destination

if TYPE_CHECKING:
    from accounts.models import Organization
    from accounts.permissions import Access


def limit_choices(form: forms.BaseForm, organization: Organization) -> None:
    """Let every choice of related rows hold only rows of this organization."""
    for name, model in (
        ("network", Network),
        ("networks", Network),
        ("excluded_networks", Network),
        ("services", Service),
        ("escalation_policy", EscalationPolicy),
        ("targets", Destination),
    ):
        field = form.fields.get(name)
        if isinstance(field, forms.ModelChoiceField):
            rows = model._default_manager.filter(organization=organization)
            # What the product keeps itself is nobody's to choose.
            kept = {"managed_by": ""} if model is Destination else {}
            field.queryset = rows.filter(**kept)


class ServiceForm(forms.ModelForm[Service]):
    """A service's name and what is known of it; its status is pushed, not edited."""

    labels = PairsField(required=False, help_text="One a line, such as team: payments.")

    class Meta:
        model = Service
        fields = (
            "name",
            "description",
            "network",
            "group",
            "entity_type",
            "absolute_path",
            "labels",
            "uptime_target",
            "escalation_policy",
        )
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        error_messages = {
            "name": {"required": "Name the service, as people call it."},
            "uptime_target": {
                "invalid": "Write percents such as 99.9.",
                "max_whole_digits": "Aim at 99.9999 %% at most.",
                "max_decimal_places": "Write four places behind the point at most.",
            },
        }

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        limit_choices(self, access.organization)
        network = self.fields["network"]
        assert isinstance(network, forms.ModelChoiceField)
        network.empty_label = "No network"
        policy = self.fields["escalation_policy"]
        assert isinstance(policy, forms.ModelChoiceField)
        policy.empty_label = "The default policy, if any"

    def clean_name(self) -> str:
        """Refuse a name that another service of the organization has."""
        name: str = self.cleaned_data["name"].strip()
        others = self.access.rows(Service).filter(name__iexact=name)
        if others.exclude(pk=self.instance.pk).exists():
            message = f"There is already a service {name}; choose another name."
            raise forms.ValidationError(message)
        return name

    def clean_network(self) -> Network | None:
        """A Network Admin makes services in their own networks."""
        network: Network | None = self.cleaned_data["network"]
        if not self.access.may_edit_networks({network.pk} if network else set()):
            message = "Choose one of the networks that you look after."
            raise forms.ValidationError(message)
        return network


class ServiceStatusForm(forms.Form):
    """A status that a person sets."""

    status = forms.ChoiceField(choices=Status.choices)
    message = forms.CharField(
        required=False,
        max_length=1000,
        help_text="What people should know, in a sentence.",
    )


class IncidentForm(forms.Form):
    """An incident that a person opens."""

    title = forms.CharField(
        max_length=200,
        help_text="What is wrong, as one would say it.",
        error_messages={"required": "Say what is wrong, in a few words."},
    )
    severity = forms.ChoiceField(
        choices=Incident.Severity.choices, initial=Incident.Severity.MAJOR
    )
    services = forms.ModelMultipleChoiceField(
        queryset=Service.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Affected services",
    )
    message = forms.CharField(
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="First update",
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit_choices(self, organization)


class IncidentEditForm(forms.ModelForm[Incident]):
    """What may be corrected on an incident."""

    labels = PairsField(required=False, help_text="One a line, such as cause: deploy.")

    class Meta:
        model = Incident
        fields = ("title", "severity", "labels")


class IncidentUpdateForm(forms.Form):
    """Words for the timeline."""

    message = forms.CharField(
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Post an update",
        error_messages={"required": "Write what you want to say."},
    )


class RuleForm(forms.ModelForm[Rule]):
    """Which events are sent to which webhooks."""

    #: It is only looked at: nobody's rights are asked, and no host is looked up.
    is_preview = False

    event_types = LinesField(
        label="Events",
        help_text="One a line: incident.opened, a group such as alert.*, or * for all.",
        error_messages={
            "required": "Choose at least one event type, such as incident.opened or *."
        },
    )

    class Meta:
        model = Rule
        fields = (
            "label",
            "description",
            "enabled",
            "event_types",
            "company_wide",
            "networks",
            "excluded_networks",
            "services",
            "targets",
        )
        widgets = {
            "description": forms.Textarea(attrs={"rows": 2}),
            "networks": forms.CheckboxSelectMultiple,
            "excluded_networks": forms.CheckboxSelectMultiple,
            "services": forms.CheckboxSelectMultiple,
            "targets": forms.CheckboxSelectMultiple,
        }
        labels = {"targets": "Webhooks to tell"}
        error_messages = {
            "label": {"required": "Give the rule a name, such as “Page on-call”."},
            "targets": {"required": "Choose at least one webhook to tell."},
        }

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        limit_choices(self, access.organization)

    def disable(self) -> None:
        """Show the rule to somebody who may not change it."""
        for field in self.fields.values():
            field.disabled = True

    def clean(self) -> dict[str, Any]:
        """Check what concerns several fields: scope, rights, and what targets take."""
        cleaned = super().clean() or {}
        networks = set(cleaned.get("networks") or ())
        if not cleaned.get("company_wide") and not networks:
            self.add_error(
                "networks", "Choose at least one network, or make it company wide."
            )
        watched = set() if cleaned.get("company_wide") else {n.pk for n in networks}
        if not self.is_preview and not self.access.may_edit_networks(watched):
            self.add_error(
                "company_wide",
                "Only an Admin makes a rule for every network; choose yours below.",
            )
        self._check_targets(cleaned)
        return cleaned

    def _check_targets(self, cleaned: dict[str, Any]) -> None:
        types, targets = cleaned.get("event_types"), cleaned.get("targets")
        if types and targets is not None:
            for sentence in find_target_errors(types, targets):
                self.add_error("targets", sentence)
