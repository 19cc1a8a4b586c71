"""The second step of a new receiver: its name, and the service that it feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from alerts import actions as alerts
from integrations_project.lib.form_fields import SecretField
from receivers import actions
from receivers.forms.parts import limit_choices
from receivers.models import Receiver

if TYPE_CHECKING:
    from accounts.models import Network
    from accounts.permissions import Access
    from alerts.models import Service

EXISTING, NEW, NAMED = "existing", "new", "named"


class NewReceiverForm(forms.ModelForm[Receiver]):
    """What a receiver needs at the least; everything else has a good beginning."""

    target = forms.ChoiceField(
        label="Service",
        choices=[
            (EXISTING, "One that is there"),
            (NEW, "A new one"),
            (NAMED, "The one that the body names"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose which service it feeds."},
    )
    new_service = forms.CharField(
        label="Name of the new service",
        required=False,
        max_length=200,
        help_text="Such as API Gateway. It starts as operational.",
    )
    hmac_secret = SecretField(label="Signing secret")

    class Meta:
        model = Receiver
        fields = (
            "name",
            "service",
            "service_name_field",
            "create_unknown_services",
            "auto_create_incidents",
            "networks",
            "hmac_secret",
        )
        widgets = {"networks": forms.CheckboxSelectMultiple}
        labels = {
            "service": "Which service",
            "service_name_field": "Where the body names it",
            "create_unknown_services": "Create services that are not there yet",
            "auto_create_incidents": "Open an incident",
        }
        help_texts = {
            "service": "Every post to this URL is about it.",
            "create_unknown_services": "",
        }
        error_messages = {
            "name": {"required": "Name the receiver after what posts to it."},
        }

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        limit_choices(self, access)
        service = self.fields["service"]
        assert isinstance(service, forms.ModelChoiceField)
        service.empty_label = "Choose a service"
        self.has_services = service.queryset is not None and service.queryset.exists()
        if not self.has_services:
            target = self.fields["target"]
            assert isinstance(target, forms.ChoiceField)
            target.choices = [
                (NEW, "A new one"),
                (NAMED, "The one that the body names"),
            ]
        self.fields["hmac_secret"].help_text = "Unsigned posts are refused then."

    def clean(self) -> dict[str, Any]:
        """Keep what belongs to the chosen kind of service, and check one's rights."""
        cleaned = super().clean() or {}
        target = cleaned.get("target")
        if target == EXISTING and not cleaned.get("service"):
            self.add_error("service", "Choose the service that every status is for.")
        if target == NEW and not cleaned.get("new_service"):
            self.add_error("new_service", "Name the new service.")
        if target == NAMED and not self._knows_the_name(cleaned):
            message = "Say where the body names the service, such as service_name."
            self.add_error("service_name_field", message)
        if target != EXISTING:
            cleaned["service"] = None
        if target != NAMED:
            cleaned["service_name_field"] = ""
            cleaned["create_unknown_services"] = False
        networks = {network.pk for network in cleaned.get("networks") or ()}
        if not self.access.may_edit_networks(networks):
            self.add_error("networks", "Choose among the networks that you look after.")
        return cleaned

    def _knows_the_name(self, cleaned: dict[str, Any]) -> bool:
        return bool(self.instance.preset or cleaned.get("service_name_field"))

    def _post_clean(self) -> None:
        # The whole receiver is checked when it is made: its service may be new.
        return

    @transaction.atomic
    def make(self) -> Receiver:
        """Make the receiver, and its service when that is new.

        Raises:
            ValidationError: With the fields of this form.
        """
        values = self.cleaned_data
        networks = list(values["networks"])
        service = values["service"]
        if values["target"] == NEW:
            service = self._make_service(values["new_service"], networks)
        return actions.create_receiver(
            self.access.organization,
            actor=self.access.actor,
            networks=networks,
            preset=self.instance.preset,
            service=service,
            name=values["name"],
            service_name_field=values["service_name_field"],
            create_unknown_services=values["create_unknown_services"],
            auto_create_incidents=values["auto_create_incidents"],
            hmac_secret=values["hmac_secret"],
        )

    def _make_service(self, name: str, networks: list[Network]) -> Service:
        is_sure = len(networks) == 1 or not self.access.may_use_every_network
        try:
            return alerts.create_service(
                self.access.organization,
                actor=self.access.actor,
                now=timezone.now(),
                name=name,
                network=networks[0] if networks and is_sure else None,
            )
        except ValidationError as error:
            raise ValidationError({"new_service": error.messages}) from error
