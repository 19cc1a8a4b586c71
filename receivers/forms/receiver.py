"""The receiver's form, for the dashboard and the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from integrations_project.lib.form_fields import LinesField, SecretField
from receivers.forms.parts import MappingTable, limit_choices
from receivers.models import Receiver
from receivers.presets import DETECT, list_presets

if TYPE_CHECKING:
    from accounts.permissions import Access

#: Fields that the form takes over to the receiver as they are.
FIELDS = (
    "name",
    "preset",
    "service",
    "service_name_field",
    "create_unknown_services",
    "status_field",
    "message_field",
    "key_field",
    "time_field",
    "delivery_id_field",
    "items_path",
    "mapping_mode",
    "unmapped",
    "networks",
    "signature_header",
    "signature_scheme",
    "required_auth",
    "auth_username",
    "source_networks",
    "rate_per_minute",
    "expected_every_minutes",
    "silent_status",
    "auto_create_incidents",
    "incident_severity",
    "auto_resolve_incidents",
)


#: Write-only fields beside the HMAC secret: left empty, they stay as they are stored.
SECRETS = ("auth_password", "auth_token")


#: Kept as they are, or taken from the model, when a request leaves them out.
DEFAULTED = ("signature_scheme", "required_auth", "silent_status")


def list_senders() -> list[tuple[str, str]]:
    """Return the senders as a choice: name and label."""
    known = [(preset.name, preset.label) for preset in list_presets()]
    return [("", "Plain fields, as below"), (DETECT, "Detect the sender"), *known]


class ReceiverForm(MappingTable):
    """What a receiver reads, what it means, and what it does about incidents.

    The mapping is four fields here, one for each status; the secret is write-only:
    left empty it stays as it is stored.
    """

    hmac_secret = forms.CharField(
        label="HMAC secret",
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    remove_secret = forms.BooleanField(
        label="Remove the stored secret",
        required=False,
        help_text="Unsigned posts are accepted then.",
    )
    preset = forms.ChoiceField(
        label="Sender",
        required=False,
        choices=list_senders,
        help_text="Knows where this sender says what; fields that you set win.",
        error_messages={"invalid_choice": "Choose one of the senders in the list."},
    )
    auth_password = SecretField(label="Password")
    auth_token = SecretField(label="Token", help_text="Without the word Bearer.")
    source_networks = LinesField(
        label="Only from these networks",
        required=False,
        rows=2,
        help_text="One a line, such as 203.0.113.0/24. Empty is anywhere.",
    )

    class Meta:
        model = Receiver
        fields = FIELDS
        widgets = {"networks": forms.CheckboxSelectMultiple}
        labels = {
            "service": "Service",
            "auto_create_incidents": "Open an incident",
            "auto_resolve_incidents": "Resolve it by itself",
            "unmapped": "Any other value",
            "required_auth": "Authorization that senders must bring",
            "rate_per_minute": "Posts a minute",
            "expected_every_minutes": "Expect a post every so many minutes",
            "silent_status": "Otherwise the service is",
        }
        error_messages = {
            "name": {"required": "Name the receiver after what posts to it."},
        }

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        self._limit_choices()
        self.fields["hmac_secret"].help_text = (
            "A secret is stored. Leave this empty to keep it."
            if self.instance.hmac_secret
            else "Optional. The sender signs the raw body with HMAC-SHA256."
        )
        if not self.instance.hmac_secret:
            del self.fields["remove_secret"]
        for name in DEFAULTED:
            self.fields[name].required = False
        for name in SECRETS:
            if getattr(self.instance, name):
                self.fields[name].help_text = "One is stored; leave empty to keep it."

    def _limit_choices(self) -> None:
        limit_choices(self, self.access)
        service = self.fields["service"]
        assert isinstance(service, forms.ModelChoiceField)
        service.empty_label = "By name, from the body"

    def clean(self) -> dict[str, Any]:
        """Put the table together, and check the networks against one's rights."""
        cleaned = super().clean() or {}
        networks = {network.pk for network in cleaned.get("networks") or ()}
        if not self.access.may_edit_networks(networks):
            self.add_error("networks", "Choose among the networks that you look after.")
        secret = cleaned.get("hmac_secret", "")
        if secret or cleaned.get("remove_secret"):
            self.instance.hmac_secret = secret
        for name in SECRETS:
            if cleaned.get(name):
                setattr(self.instance, name, cleaned[name])
        return cleaned

    def entered_secrets(self) -> set[str]:
        """Return which secrets were typed or removed on purpose."""
        was_entered = bool(self.cleaned_data.get("hmac_secret"))
        was_removed = bool(self.cleaned_data.get("remove_secret"))
        typed = {name for name in SECRETS if self.cleaned_data.get(name)}
        return typed | ({"hmac_secret"} if was_entered or was_removed else set())
