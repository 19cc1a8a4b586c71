"""Secrets in the form of a webhook: typed, kept, taken off, never shown again."""

from __future__ import annotations

import copy
from typing import Any

from django import forms
from django.http import QueryDict

from integrations_project.lib.form_fields import SecretField
from integrations_project.lib.redaction import REDACTED, redact_headers
from webhooks.actions import clear_foreign_secrets
from webhooks.forms.choices import AUTH_FIELDS, SECRET_WORDS
from webhooks.models import Destination
from webhooks.signatures import find_public_key, generate_secret_for

STORED = "Stored; leave empty to keep it"


class SecretsForm(forms.ModelForm[Destination]):
    """The part of the form that keeps secrets.

    An empty secret keeps the stored one. `entered_secrets` names those that were
    typed, as `save_destination` wants to know.
    """

    secret = SecretField(label="Signing secret")
    remove_secret = forms.BooleanField(
        required=False, label="Remove the stored secret and send without a signature"
    )
    password = SecretField(strip=False)
    token = SecretField(help_text="Without the word Bearer.")
    oauth2_client_secret = SecretField(label="Client secret")
    client_key = SecretField(
        label="Private key",
        help_text="PEM, without a passphrase.",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    service_url = SecretField(
        label="Address",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": "https://hooks.slack.com/services/…",
            }
        ),
    )

    stored: Destination | None
    entered_secrets: set[str]

    def say_what_is_stored(self) -> None:
        """Tell at each field that something is kept there."""
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
    def public_key(self) -> str:
        """What receivers check by: of the secret that is typed, else of the stored."""
        signature = str(self["signature"].value() or "")
        typed = str(self["secret"].value() or "")
        stored = self.stored.secret if self.stored is not None else ""
        return find_public_key(signature, typed or stored)

    def put_generated_secret(self) -> None:
        """Fill in a new secret, readable so that it can be copied now."""
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        data["secret"] = generate_secret_for(str(data.get("signature", "")))
        data.pop("remove_secret", None)
        self.data = data
        attributes = {"autocomplete": "off", "spellcheck": "false"}
        self.fields["secret"].widget = forms.TextInput(attrs=attributes)

    def take_secrets(self, cleaned: dict[str, Any]) -> None:
        """Put each secret on the webhook: typed, stored, or none when it has no use."""
        used = self._list_used(cleaned)
        if cleaned.get("secret") and cleaned.get("remove_secret"):
            message = "Enter a new secret or remove the stored one, not both."
            self.add_error("secret", message)
        for name in Destination.SECRET_FIELDS:
            if name not in used:
                # A secret that is not in use is not kept.
                setattr(self.instance, name, "")
            elif cleaned.get(name):
                self.entered_secrets.add(name)
                setattr(self.instance, name, cleaned[name])

    def _list_used(self, cleaned: dict[str, Any]) -> set[str]:
        kind = cleaned.get("kind")
        if kind == Destination.Kind.CHAT:
            return {"service_url"}
        if kind == Destination.Kind.EMAIL:
            return set()
        used = {*AUTH_FIELDS.get(cleaned["auth_method"], ())}
        return used if cleaned.get("remove_secret") else used | {"secret"}

    def take_headers(self, typed: dict[str, str]) -> None:
        """Put the headers on the webhook; a masked value stands for the stored one."""
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


def show_headers(destination: Destination) -> dict[str, str]:
    """Return the headers as the form may show them."""
    return redact_headers(destination.headers)
