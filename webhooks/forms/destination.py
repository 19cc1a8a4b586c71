"""The form of a webhook, for the dashboard and the admin."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict

from accounts.models import Network
from integrations_project.lib.form_fields import LinesField, PairsField
from webhooks.backoff import DEFAULT_SCHEDULE
from webhooks.form_fields import WaitsField, say_seconds
from webhooks.formats.template import DEFAULT_TEMPLATE
from webhooks.forms.choices import (
    ADDRESS_FIELDS,
    AUTH_FIELDS,
    REQUEST_FIELDS,
    list_format_choices,
)
from webhooks.forms.secrets import SecretsForm, show_headers
from webhooks.forms.words import (
    ERROR_MESSAGES,
    HELP_TEXTS,
    LABELS,
    whole_number_errors,
)
from webhooks.models import Destination

if TYPE_CHECKING:
    from accounts.permissions import Access

Kind = Destination.Kind
#: Taken from the model, or kept as they are, when a request leaves them out.
DEFAULTED = (
    "kind",
    "format",
    "auth_method",
    "signature",
    "timeout_seconds",
    "max_in_flight",
    "rate_per_minute",
)
ADVANCED = (
    "headers",
    "timeout_seconds",
    "max_in_flight",
    "rate_per_minute",
    "retry_schedule",
)
CODE = {"spellcheck": "false", "autocapitalize": "off", "class": "code-input"}


class DestinationForm(SecretsForm):
    """Everything about a webhook; stored secrets never come back into it."""

    kind = forms.ChoiceField(
        choices=Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose Webhook, E-mail or Chat."},
    )
    recipients = LinesField(
        required=False,
        rows=3,
        help_text="One a line; one message goes to all of them.",
    )
    event_types = LinesField(
        label="Events",
        required=False,
        help_text="Sent here without any rule; rules can add to them.",
    )
    format = forms.ChoiceField(
        error_messages={"invalid_choice": "Choose one of the formats in the list."},
    )
    headers = PairsField(
        required=False,
        label="Further headers",
        help_text="One a line, such as X-Team: ops.",
    )
    rate_per_minute = forms.IntegerField(
        required=False,
        label="Requests a minute",
        help_text="At most, over all workers; what is over waits. Empty is no limit.",
        error_messages=whole_number_errors("Enter 1 to 60000, or nothing."),
    )
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
            "kind",
            "url",
            "recipients",
            "auth_method",
            "username",
            "oauth2_token_url",
            "oauth2_client_id",
            "oauth2_scope",
            "client_certificate",
            "event_types",
            "format",
            "template",
            "networks",
            "timeout_seconds",
            "max_in_flight",
            "rate_per_minute",
            "signature",
            "signature_header",
            "retry_schedule",
        )
        labels = LABELS
        help_texts = HELP_TEXTS
        error_messages = ERROR_MESSAGES
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "url": forms.URLInput(attrs={"placeholder": "https://example.com/hook"}),
            "oauth2_token_url": forms.URLInput(
                attrs={"placeholder": "https://login.example.com/oauth/token"}
            ),
            "networks": forms.CheckboxSelectMultiple(),
            "template": forms.Textarea(attrs={"rows": 14, **CODE}),
            "client_certificate": forms.Textarea(attrs={"rows": 4, **CODE}),
            "signature_header": forms.TextInput(attrs={"spellcheck": "false"}),
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
        initial = {
            "headers": show_headers(instance),
            "template": instance.template or DEFAULT_TEMPLATE,
        }
        super().__init__(complete(data, instance), instance=instance, initial=initial)
        self.fields["label"].required = not is_trial
        self._fit_to_kind()
        self._limit_networks()
        self.say_what_is_stored()
        self._say_what_is_allowed()

    @property
    def chosen_kind(self) -> str:
        """The kind that the form is for: fixed once the webhook is made."""
        if self.stored is not None:
            return self.stored.kind
        typed = str(self["kind"].value())
        return typed if typed in Kind.values else Kind.WEBHOOK

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        return str(Kind(self.chosen_kind).label)

    def _fit_to_kind(self) -> None:
        kind = self.chosen_kind
        self.fields["kind"].disabled = self.stored is not None
        self.fields["url"].required = kind == Kind.WEBHOOK
        chosen_format = self.fields["format"]
        assert isinstance(chosen_format, forms.ChoiceField)
        chosen_format.choices = list_format_choices(kind)
        chosen_format.required = kind == Kind.WEBHOOK
        if kind == Kind.CHAT:
            self.fields["service_url"].help_text = (
                "The incoming-webhook address of Slack, Teams or Discord, or an "
                "address of Apprise such as tgram://… or pagerduty://…. Whoever knows "
                "it can post there, so it is kept like a secret."
            )

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

    def _say_what_is_allowed(self) -> None:
        allowed = ["http"] if settings.DELIVERY_ALLOW_HTTP else []
        allowed += map(str, settings.DELIVERY_ALLOWED_NETWORKS)
        if allowed:
            self.fields["url"].help_text = (
                "The HTTPS endpoint that takes a POST for each event. "
                f"This installation also allows {', '.join(allowed)}."
            )

    @property
    def is_advanced(self) -> bool:
        """Whether the advanced part should be open: wrong or not as usual."""
        if any(name in self.errors for name in ADVANCED):
            return True
        plain = Destination()
        return any(getattr(self.instance, n) != getattr(plain, n) for n in ADVANCED)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What was typed for another kind, so that changing back loses nothing."""
        if not self.is_bound or self.stored is not None:
            return []
        others = {*ADDRESS_FIELDS.values(), *REQUEST_FIELDS, *_list_auth_fields()}
        if self.chosen_kind == Kind.WEBHOOK:
            others = {"recipients", "service_url"}
        others -= {ADDRESS_FIELDS[Kind(self.chosen_kind)]}
        return [
            (name, value) for name in sorted(others) if (value := self.data.get(name))
        ]

    def show_as_typed(self) -> None:
        """Draw what was typed without judging it: the person is not done yet."""
        self._errors = ErrorDict()
        self.cleaned_data = {}

    def clean(self) -> dict[str, Any]:
        """Put the secrets on the webhook: typed ones, or those that are stored."""
        cleaned = super().clean() or {}
        self._drop_unused(cleaned)
        if "auth_method" in cleaned:
            self.take_secrets(cleaned)
        if "headers" in cleaned:
            self.take_headers(cleaned["headers"])
        return cleaned

    def _drop_unused(self, cleaned: dict[str, Any]) -> None:
        """Empty what the chosen kind, authorization and format do not use."""
        unused = {*_list_auth_fields()} - {
            *AUTH_FIELDS.get(cleaned.get("auth_method", ""), ())
        }
        if self.chosen_kind != Kind.WEBHOOK:
            unused |= {*REQUEST_FIELDS, *_list_auth_fields()}
        unused |= {*ADDRESS_FIELDS.values()} - {ADDRESS_FIELDS[Kind(self.chosen_kind)]}
        if cleaned.get("format") != "template":
            unused.add("template")
        plain = Destination()
        for name in unused & cleaned.keys():
            model_value = getattr(plain, name, "")
            cleaned[name] = model_value
            self._errors.pop(name, None)

    def add_error(self, field: str | None, error: Any) -> None:
        """Say each error where the person can mend it."""
        error = error if isinstance(error, ValidationError) else ValidationError(error)
        if field is not None or not hasattr(error, "error_dict"):
            super().add_error(field, error)
            return
        address = ADDRESS_FIELDS[Kind(self.chosen_kind)]
        for name, errors in error.error_dict.items():
            if name in ADDRESS_FIELDS.values():
                name = address  # the field that is on the page
            if name == address and name in self.errors:
                continue  # said already, by the field itself
            place = name if name in self.fields else None
            super().add_error(place, errors)

    def add_refusal(self, error: ValidationError) -> None:
        """Show what an action refused, at its field where there is one."""
        self.add_error(None, error)


def _list_auth_fields() -> list[str]:
    return [name for names in AUTH_FIELDS.values() for name in names]


def complete(data: QueryDict | None, instance: Destination) -> QueryDict | None:
    """Return what was sent, with the present value of each part that it left out."""
    if data is None:
        return None
    shown = show_headers(instance)
    present = {name: getattr(instance, name) for name in DEFAULTED} | {
        "headers": "\n".join(f"{name}: {value}" for name, value in shown.items()),
        "retry_schedule": ", ".join(map(say_seconds, instance.retry_schedule or ())),
        "template": instance.template or DEFAULT_TEMPLATE,
    }
    whole = data.copy()
    for name, value in present.items():
        whole.setdefault(name, "" if value is None else value)
    kind = str(whole["kind"]) if instance._state.adding else instance.kind
    if kind != Kind.WEBHOOK and whole["format"] not in dict(list_format_choices(kind)):
        whole["format"] = ""  # of the kind before: the address decides
    return whole
