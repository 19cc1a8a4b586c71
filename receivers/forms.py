"""The receiver's form, for the dashboard and the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from accounts.models import Network
from alerts.models import Service
from integrations_project.lib.form_fields import LinesField
from receivers.mapping import DEFAULT_MAPPING, STATUSES
from receivers.models import Receiver

if TYPE_CHECKING:
    from accounts.permissions import Access

#: Fields that the form takes over to the receiver as they are.
FIELDS = (
    "name",
    "service",
    "service_name_field",
    "create_unknown_services",
    "status_field",
    "message_field",
    "key_field",
    "items_path",
    "mapping_mode",
    "unmapped",
    "networks",
    "signature_header",
    "auto_create_incidents",
    "incident_severity",
    "auto_resolve_incidents",
)


class ReceiverForm(forms.ModelForm[Receiver]):
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
    mapping_operational = LinesField(label="Operational", required=False, rows=3)
    mapping_degraded = LinesField(label="Degraded", required=False, rows=3)
    mapping_down = LinesField(label="Down", required=False, rows=3)
    mapping_maintenance = LinesField(label="Maintenance", required=False, rows=3)

    class Meta:
        model = Receiver
        fields = FIELDS
        widgets = {"networks": forms.CheckboxSelectMultiple}
        labels = {
            "service": "Service",
            "auto_create_incidents": "Open an incident",
            "auto_resolve_incidents": "Resolve it by itself",
            "unmapped": "Any other value",
        }
        error_messages = {
            "name": {"required": "Name the receiver after what posts to it."},
            "status_field": {"required": "Say where the status is, such as status."},
        }

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        self._limit_choices()
        for status in STATUSES:
            field = self.fields[f"mapping_{status}"]
            field.initial = self.instance.mapping.get(status, [])
            field.help_text = f"By default: {', '.join(DEFAULT_MAPPING[status])}."
        self.fields["hmac_secret"].help_text = (
            "A secret is stored. Leave this empty to keep it."
            if self.instance.hmac_secret
            else "Optional. The sender signs the raw body with HMAC-SHA256."
        )
        if not self.instance.hmac_secret:
            del self.fields["remove_secret"]

    def _limit_choices(self) -> None:
        for name, model in (("service", Service), ("networks", Network)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = self.access.rows(model)
        service = self.fields["service"]
        assert isinstance(service, forms.ModelChoiceField)
        service.empty_label = "By name, from the body"

    def clean(self) -> dict[str, Any]:
        """Put the table together, and check the networks against one's rights."""
        cleaned = super().clean() or {}
        networks = {network.pk for network in cleaned.get("networks") or ()}
        if not self.access.may_edit_networks(networks):
            self.add_error("networks", "Choose among the networks that you look after.")
        # On the instance already here: Django validates it as soon as this returns.
        self.instance.mapping = {
            status: cleaned[f"mapping_{status}"]
            for status in STATUSES
            if cleaned.get(f"mapping_{status}")
        }
        secret = cleaned.get("hmac_secret", "")
        if secret or cleaned.get("remove_secret"):
            self.instance.hmac_secret = secret
        return cleaned

    def add_error(self, field: str | None, error: Any) -> None:
        """Show what concerns the mapping at one of its four fields."""
        if hasattr(error, "error_dict") and "mapping" in error.error_dict:
            super().add_error("mapping_down", error.error_dict.pop("mapping"))
        super().add_error(field, error)

    def entered_secrets(self) -> set[str]:
        """Return which secrets were typed or removed on purpose."""
        was_entered = bool(self.cleaned_data.get("hmac_secret"))
        was_removed = bool(self.cleaned_data.get("remove_secret"))
        return {"hmac_secret"} if was_entered or was_removed else set()
