"""Forms of people, networks and keys."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms

from accounts.models import ApiKey, Membership, Network, Organization, User

if TYPE_CHECKING:
    from datetime import datetime


class MemberForm(forms.ModelForm[Membership]):
    """A person's role in an organization; asks for the address when they are new."""

    email = forms.EmailField(
        label="E-mail address",
        help_text="Somebody new gets an e-mail with a link to choose a password.",
        error_messages={
            "invalid": "Enter a whole e-mail address, such as ana@example.com."
        },
    )

    class Meta:
        model = Membership
        fields = ("role", "networks")
        widgets = {"networks": forms.CheckboxSelectMultiple}

    field_order = ("email", "role", "networks")

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization
        networks = self.fields["networks"]
        assert isinstance(networks, forms.ModelMultipleChoiceField)
        networks.queryset = Network.objects.filter(organization=organization)
        if self.instance._state.adding is False:
            del self.fields["email"]

    def clean_email(self) -> str:
        """Refuse somebody who is a member already."""
        email: str = self.cleaned_data["email"].strip().lower()
        if Membership.objects.filter(
            organization=self.organization, user__email=email
        ).exists():
            message = f"{email} is already a member; change the role in the list."
            raise forms.ValidationError(message)
        return email

    def clean(self) -> dict[str, Any]:
        """A Network Admin without networks could change nothing."""
        cleaned = super().clean() or {}
        if cleaned.get("role") == Membership.Role.NETWORK_ADMIN and not cleaned.get(
            "networks"
        ):
            self.add_error(
                "networks",
                "Choose at least one network for a Network Admin; "
                "make one under Settings → Networks first if there is none.",
            )
        return cleaned


class NetworkForm(forms.ModelForm[Network]):
    """A network's label."""

    class Meta:
        model = Network
        fields = ("label",)

    def clean_label(self) -> str:
        """Refuse a label that another network of the organization has."""
        label: str = self.cleaned_data["label"].strip()
        others = Network.objects.filter(
            organization=self.instance.organization, label__iexact=label
        ).exclude(pk=self.instance.pk)
        if others.exists():
            message = f"There is already a network {label}; choose another label."
            raise forms.ValidationError(message)
        return label


class ApiKeyForm(forms.ModelForm[ApiKey]):
    """What a new API key is for and what it may do."""

    expires_in_days = forms.TypedChoiceField(
        label="Expires",
        choices=(
            ("", "Never"),
            ("30", "In 30 days"),
            ("90", "In 90 days"),
            ("365", "In a year"),
        ),
        coerce=int,
        empty_value=None,
        required=False,
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scope")

    def expires_at(self, *, now: datetime) -> datetime | None:
        """Return when the key ends, counted from ``now``; None for never."""
        days: int | None = self.cleaned_data["expires_in_days"]
        return now + timedelta(days=days) if days else None


class ProfileForm(forms.ModelForm[User]):
    """What a person may change about themselves."""

    class Meta:
        model = User
        fields = ("name",)
