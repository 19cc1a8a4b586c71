"""The form of a webhook, for the dashboard and the admin."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict

from accounts.models import Network
from integrations_project.lib.form_fields import LinesField, PairsField
from integrations_project.lib.redaction import REDACTED, redact_headers
from integrations_project.lib.signing import generate_secret
from webhooks.actions import clear_foreign_secrets
from webhooks.backoff import DEFAULT_SCHEDULE
from webhooks.datatypes import EVENT_TYPES
from webhooks.form_fields import SecretField, WaitsField, say_seconds
from webhooks.formats import list_formats
from webhooks.models import Destination

if TYPE_CHECKING:
    from accounts.permissions import Access

#: What the picker offers: patterns and what they mean.
EVENT_CHOICES = [
    ("*", "Everything"),
    ("incident.*", "Everything about incidents"),
    ("alert.*", "Every network alert"),
    *EVENT_TYPES.items(),
]
#: Taken from the model, or kept as they are, when a request leaves them out.
DEFAULTED = ("format", "auth_method", "signature", "timeout_seconds", "max_in_flight")
ADVANCED = (
    "headers",
    "timeout_seconds",
    "max_in_flight",
    "signature",
    "retry_schedule",
)
SECRET_WORDS = {
    "secret": "signing secret",
    "password": "password",
    "token": "token",
    "headers": "secret headers",
}
STORED = "Stored; leave empty to keep it"
TIMEOUT = "Enter 1 to 30 seconds."
IN_FLIGHT = "Enter 1 to 500 requests."


def list_format_choices() -> list[tuple[str, str]]:
    """Return the formats as a choice: name and label."""
    return [(each.name, each.label) for each in list_formats()]


def whole_number_errors(sentence: str) -> dict[str, str]:
    """Return one sentence for whatever can be wrong with a number."""
    codes = ("required", "invalid", "min_value", "max_value")
    return dict.fromkeys(codes, sentence)


class DestinationForm(forms.ModelForm[Destination]):
    """Everything about a webhook; stored secrets never come back into it.

    An empty secret keeps the stored one. `entered_secrets` names those that were
    typed, as `save_destination` wants to know.
    """

    secret = SecretField(label="Signing secret")
    remove_secret = forms.BooleanField(
        required=False, label="Remove the stored secret and send without a signature"
    )
    password = SecretField(strip=False)
    token = SecretField(help_text="Without the word Bearer.")
    event_types = LinesField(
        label="Events",
        required=False,
        help_text="Sent here without any rule; rules can add to them.",
    )
    format = forms.ChoiceField(
        choices=list_format_choices,
        error_messages={"invalid_choice": "Choose one of the formats in the list."},
    )
    headers = PairsField(required=False, help_text="One a line, such as X-Team: ops.")
    retry_schedule = WaitsField(
        required=False,
        label="Retry after",
        help_text=(
            "Waits between attempts, such as 5 s, 5 min, 2 h. Empty takes the default: "
            f"{', '.join(map(say_seconds, DEFAULT_SCHEDULE))}."
        ),
    )

    class Meta:
        model = Destination
        fields = (
            "label",
            "url",
            "auth_method",
            "username",
            "event_types",
            "format",
            "networks",
            "timeout_seconds",
            "max_in_flight",
            "signature",
            "retry_schedule",
        )
        labels: ClassVar[dict[str, str]] = {
            "username": "User",
            "timeout_seconds": "Timeout in seconds",
            "max_in_flight": "Requests at the same time",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "username": "",
            "timeout_seconds": "For the whole request, 1 to 30.",
            "max_in_flight": "For each worker, 1 to 500.",
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "url": forms.URLInput(attrs={"placeholder": "https://example.com/hook"}),
            "networks": forms.CheckboxSelectMultiple(),
        }
        error_messages: ClassVar[dict[str, dict[str, str]]] = {
            "label": {
                "required": "Enter a descriptive name, such as “Production alerts”."
            },
            "url": {
                "required": (
                    "Enter a complete web address such as https://example.com/hook."
                )
            },
            "auth_method": {"invalid_choice": "Choose None, Basic or Bearer."},
            "signature": {"invalid_choice": "Choose Standard Webhooks or None."},
            "timeout_seconds": whole_number_errors(TIMEOUT),
            "max_in_flight": whole_number_errors(IN_FLIGHT),
        }

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        access: Access,
        instance: Destination,
        is_trial: bool = False,
    ) -> None:
        """Make the form.

        Args:
            data: What was sent; parts that it leaves out stay as they are.
            access: Whose networks may be chosen.
            instance: The webhook, or a new one of the organization.
            is_trial: Only Verify was pressed: a label is not needed yet.
        """
        self.access = access
        self.entered_secrets: set[str] = set()
        self.stored = None if instance._state.adding else copy.copy(instance)
        initial = {"headers": redact_headers(instance.headers)}
        super().__init__(complete(data, instance), instance=instance, initial=initial)
        self.fields["label"].required = not is_trial
        self._limit_networks()
        self._say_what_is_stored()
        self._say_what_is_allowed()

    def _limit_networks(self) -> None:
        field = self.fields["networks"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = self.access.rows(Network).order_by("label")
        if not self.access.may_use_every_network:
            field.queryset = field.queryset.filter(pk__in=self.access.network_ids or ())
            field.required = True
            field.help_text = "Only events of these networks."
            field.error_messages["required"] = (
                "Choose at least one of the networks that you look after; "
                "only an Admin makes a webhook for every network."
            )

    def _say_what_is_stored(self) -> None:
        self.fields["secret"].help_text = (
            "Signs each request, so that the endpoint can check the sender. "
            "Shown only until you save."
        )
        if self.stored is None:
            return
        for name in Destination.SECRET_FIELDS:
            if getattr(self.stored, name):
                self.fields[name].widget.attrs["placeholder"] = STORED
        if REDACTED in self.initial["headers"].values():
            self.fields["headers"].help_text = (
                f"One a line, such as X-Team: ops. {REDACTED} stands for a stored "
                "value; leave it to keep the value."
            )

    def _say_what_is_allowed(self) -> None:
        allowed = ["http"] if settings.DELIVERY_ALLOW_HTTP else []
        allowed += map(str, settings.DELIVERY_ALLOWED_NETWORKS)
        if allowed:
            self.fields["url"].help_text = (
                "The HTTPS endpoint that takes a POST for each event. "
                f"This installation also allows {', '.join(allowed)}."
            )

    @property
    def has_stored_secret(self) -> bool:
        """Whether there is a signing secret that can be kept or removed."""
        return self.stored is not None and bool(self.stored.secret)

    @property
    def has_anything_secret(self) -> bool:
        """Whether a changed host would clear something."""
        if self.stored is None:
            return False
        named = any(getattr(self.stored, each) for each in Destination.SECRET_FIELDS)
        return named or REDACTED in self.initial["headers"].values()

    @property
    def is_advanced(self) -> bool:
        """Whether the advanced part should be open: wrong or not as usual."""
        if any(name in self.errors for name in ADVANCED):
            return True
        plain = Destination()
        return any(getattr(self.instance, n) != getattr(plain, n) for n in ADVANCED)

    def show_as_typed(self) -> None:
        """Draw what was typed without judging it: the person is not done yet."""
        self._errors = ErrorDict()
        self.cleaned_data = {}

    def put_generated_secret(self) -> None:
        """Fill in a new secret, readable so that it can be copied now."""
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        data["secret"] = generate_secret()
        data.pop("remove_secret", None)
        self.data = data
        attributes = {"autocomplete": "off", "spellcheck": "false"}
        self.fields["secret"].widget = forms.TextInput(attrs=attributes)

    def clean(self) -> dict[str, Any]:
        """Put the secrets on the webhook: typed ones, or those that are stored."""
        cleaned = super().clean() or {}
        if "auth_method" in cleaned:
            self._take_secrets(cleaned)
        if "headers" in cleaned:
            self._take_headers(cleaned["headers"])
        return cleaned

    def _take_secrets(self, cleaned: dict[str, Any]) -> None:
        method = cleaned["auth_method"]
        is_used = {
            "secret": not cleaned.get("remove_secret"),
            "password": method == Destination.AuthMethod.BASIC,
            "token": method == Destination.AuthMethod.BEARER,
        }
        if cleaned.get("secret") and not is_used["secret"]:
            message = "Enter a new secret or remove the stored one, not both."
            self.add_error("secret", message)
        if not is_used["password"]:
            cleaned["username"] = ""
        for name, used in is_used.items():
            if not used:
                # A secret that is not in use is not kept.
                setattr(self.instance, name, "")
            elif cleaned.get(name):
                self.entered_secrets.add(name)
                setattr(self.instance, name, cleaned[name])

    def _take_headers(self, typed: dict[str, str]) -> None:
        stored = self.stored.headers if self.stored is not None else {}
        by_name = {name.lower(): value for name, value in stored.items()}
        headers = dict(typed)
        kept = [name for name, value in typed.items() if REDACTED in value]
        for name in kept:
            if name.lower() in by_name:
                headers[name] = by_name[name.lower()]
            else:
                message = f"Enter the value of the header {name}; none is stored."
                self.add_error("headers", message)
        if not kept:
            self.entered_secrets.add("headers")
        self.instance.headers = headers

    def list_foreign_secrets(self) -> list[str]:
        """Return the words for stored secrets that the new host will not get."""
        if self.stored is None:
            return []
        tried = copy.copy(self.instance)
        cleared = clear_foreign_secrets(
            tried, stored=self.stored, entered_secrets=self.entered_secrets
        )
        return [SECRET_WORDS[name] for name in cleared]

    def add_refusal(self, error: ValidationError) -> None:
        """Show what an action refused, at its field where there is one."""
        for name, sentences in self._by_field(error).items():
            place = name if name in self.fields else None
            for sentence in sentences:
                self.add_error(place, sentence)

    @staticmethod
    def _by_field(error: ValidationError) -> dict[str, list[str]]:
        if hasattr(error, "error_dict"):
            return error.message_dict
        return {NON_FIELD_ERRORS: error.messages}


class RotateSecretForm(forms.Form):
    """How long the secret before goes on signing beside the new one."""

    overlap_hours = forms.TypedChoiceField(
        coerce=int,
        initial=24,
        label="The old secret",
        widget=forms.RadioSelect,
        choices=[
            (24, "signs too for 24 hours, so that the endpoint can change over"),
            (0, "ends now; use this when it has leaked"),
        ],
        error_messages={
            "required": "Choose when the old secret ends.",
            "invalid_choice": "Choose 24 hours or now.",
        },
    )


def complete(data: QueryDict | None, instance: Destination) -> QueryDict | None:
    """Return what was sent, with the present value of each part that it left out."""
    if data is None:
        return None
    shown = redact_headers(instance.headers)
    present = {name: getattr(instance, name) for name in DEFAULTED} | {
        "headers": "\n".join(f"{name}: {value}" for name, value in shown.items()),
        "retry_schedule": ", ".join(map(say_seconds, instance.retry_schedule or ())),
    }
    whole = data.copy()
    for name, value in present.items():
        whole.setdefault(name, value)
    return whole
