"""Forms of incidents, for the dashboard and the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from accounts.models import User
from alerts.models import Incident, Service

if TYPE_CHECKING:
    from accounts.models import Organization

#: Other open incidents that the merge page offers, the newest.
OFFERED = 200


class OwnerForm(forms.Form):
    """Who sees to an incident."""

    owner = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody",
        error_messages={"invalid_choice": "Choose a member of this organization."},
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = list_members(organization)


def list_members(organization: Organization) -> Any:
    """Return the people of an organization who can sign in, by name."""
    members = User.objects.filter(
        memberships__organization=organization, is_active=True
    )
    return members.order_by("name", "email").distinct()


class PostMortemForm(forms.Form):
    """What happened, and what follows."""

    post_mortem = forms.CharField(
        required=False,
        max_length=50_000,
        label="Post-mortem",
        help_text="Plain text; an empty line begins a new paragraph.",
        widget=forms.Textarea(attrs={"rows": 20}),
        error_messages={"max_length": "Write at most 50,000 characters."},
    )


class MergeForm(forms.Form):
    """Which other open incidents end, so that this one goes on for them."""

    incidents = forms.ModelMultipleChoiceField(
        queryset=Incident.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Incidents that end here",
        error_messages={
            "required": "Choose at least one incident.",
            "invalid_choice": "One of these is not open any more; look again.",
        },
    )

    def __init__(self, *args: Any, incident: Incident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["incidents"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = list_others(incident)
        # Choices are checked among all of them; so many are shown.
        offered = field.queryset.order_by("-number")[:OFFERED]
        field.choices = [(each.pk, str(each)) for each in offered]


def list_others(incident: Incident) -> Any:
    """Return the other open incidents of an incident's organization."""
    others = Incident.objects.filter(
        organization=incident.organization_id, status=Incident.Status.OPENED
    )
    return others.exclude(pk=incident.pk)


class JoinForm(forms.Form):
    """Services that are affected too."""

    services = forms.ModelMultipleChoiceField(
        queryset=Service.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Services that are affected too",
        error_messages={"required": "Choose at least one service."},
    )

    def __init__(self, *args: Any, incident: Incident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["services"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        affected = incident.affected.filter(resolved_at=None).values("service")
        rows = Service.objects.filter(organization=incident.organization_id)
        field.queryset = rows.exclude(pk__in=affected)


class NormalForm(forms.Form):
    """Affected services that are normal again."""

    services = forms.ModelMultipleChoiceField(
        queryset=Service.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Services that are normal again",
        help_text="None chosen means all of them.",
    )

    def __init__(self, *args: Any, incident: Incident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["services"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        affected = incident.affected.filter(resolved_at=None).values("service")
        field.queryset = Service.objects.filter(pk__in=affected)
