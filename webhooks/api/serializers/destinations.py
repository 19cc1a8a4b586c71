"""What a webhook takes, and how it is shown."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Network
from integrations_project.lib.api.fields import (
    Flag,
    Names,
    Reference,
    References,
    Secret,
    Text,
    Words,
)
from integrations_project.lib.api.serializers import Errors, Input, RowSerializer
from integrations_project.lib.redaction import REDACTED, redact_headers
from webhooks.api.serializers.health import HEALTH_SCHEMA, show_health
from webhooks.hiding import hide_destinations
from webhooks.kinds import read_recipients
from webhooks.models import Destination
from webhooks.signatures import find_public_key, generate_secret_for

KIND_IS_FIXED = (
    "The kind of a webhook is fixed once it is made; make another one, and disable or "
    "delete this."
)


class Headers(Names):
    """Custom headers; the values of secret ones come back masked."""

    def to_representation(self, value: Any) -> Any:
        return redact_headers(value or {})


class WebhookSerializer(RowSerializer):
    """Somewhere events are sent."""

    constraint_field = "label"

    id = serializers.UUIDField(read_only=True)
    url = Text(
        required=False,
        allow_blank=True,
        help_text="Where it goes; for e-mail mailto: and the recipients.",
    )
    service_url = Secret(
        help_text="For a chat tool that Apprise reaches, such as tgram://…."
    )
    recipients = Words(
        example="ops@example.com",
        required=False,
        help_text="For e-mail: the addresses.",
    )
    password = Secret()
    token = Secret()
    oauth2_client_secret = Secret()
    client_key = Secret(help_text="PEM, without a passphrase.")
    secret = Secret()
    generate_secret = Flag(
        write_only=True,
        required=False,
        help_text="True: a secret is made and shown in this one answer.",
    )
    stored_secrets = serializers.SerializerMethodField()
    public_key = serializers.SerializerMethodField()
    headers = Headers(required=False)
    event_types = Words(required=False)
    networks = References(Network)
    retry_schedule = serializers.JSONField(required=False, allow_null=True)
    health = serializers.SerializerMethodField()
    managed_by = serializers.CharField(
        read_only=True, help_text="What of Signalpost keeps it; empty: people do."
    )
    shares_with = Reference(
        Destination,
        read_only=True,
        allow_null=True,
        help_text="The webhook whose settings it has, all but the url.",
    )

    class Meta:
        model = Destination
        fields = (
            "id",
            "label",
            "kind",
            "url",
            "service_url",
            "recipients",
            "format",
            "template",
            "auth_method",
            "username",
            "password",
            "token",
            "oauth2_token_url",
            "oauth2_client_id",
            "oauth2_client_secret",
            "oauth2_scope",
            "client_certificate",
            "client_key",
            "secret",
            "generate_secret",
            "stored_secrets",
            "signature",
            "signature_header",
            "public_key",
            "headers",
            "event_types",
            "networks",
            "enabled",
            "disabled_reason",
            "timeout_seconds",
            "max_in_flight",
            "rate_per_minute",
            "retry_schedule",
            "health",
            "managed_by",
            "shares_with",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("disabled_reason", "created_at", "updated_at")

    @property
    def entered_secrets(self) -> set[str]:
        """The secret fields that this request brings, rather than keeps."""
        secret = {*Destination.SECRET_FIELDS, "headers"}
        given: set[str] = secret & self.validated_data.keys()
        headers = self.initial_data.get("headers")
        is_kept = isinstance(headers, dict) and any(
            REDACTED in str(value) for value in headers.values()
        )
        return given - {"headers"} if is_kept else given

    def to_representation(self, instance: Any) -> dict[str, Any]:
        hide_destinations(self.context["access"], [instance])
        return super().to_representation(instance)

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        self._judge_kind(values, errors)
        self._read_recipients(values, errors)
        if values.get("generate_secret") and "generate_secret" not in errors:
            self._generate_secret(values, errors)
        if "headers" in values:
            self._keep_masked(values, errors)
        super().judge(values, errors, data)

    def _judge_kind(self, values: dict[str, Any], errors: Errors) -> None:
        if self.instance is None:
            return
        stored = self.instance.kind
        if values.pop("kind", stored) != stored:
            errors["kind"] = [KIND_IS_FIXED]
        if not self.partial and "url" not in values and stored == "webhook":
            errors.setdefault("url", ["This field is required."])

    def _read_recipients(self, values: dict[str, Any], errors: Errors) -> None:
        # A new one reads them by itself; here `url` is what was changed.
        stored = self.instance
        if stored is None or stored.kind != "email" or "recipients" in errors:
            return
        is_new = values.get("url", stored.url).strip() != stored.url
        if is_new and values.get("recipients", stored.recipients) == stored.recipients:
            values["recipients"] = read_recipients(values["url"])

    def _generate_secret(self, values: dict[str, Any], errors: Errors) -> None:
        stored = self.instance
        before = stored.signature if stored is not None else None
        usual = before or Destination.Signature.STANDARD_WEBHOOKS
        signature = values.get("signature", usual)
        if stored is not None and stored.secret and signature == before:
            sentence = "Use POST …/rotate-secret for a new secret."
            errors["generate_secret"] = [sentence]
        elif values.get("secret"):
            sentence = "Leave secret out to have one generated."
            errors["generate_secret"] = [sentence]
        else:
            values["secret"] = generate_secret_for(signature)

    def _keep_masked(self, values: dict[str, Any], errors: Errors) -> None:
        # An answer that is sent back brings the mask where a stored value was.
        stored = self.instance.headers if self.instance is not None else {}
        kept = {
            name: stored.get(name, value) if REDACTED in str(value) else value
            for name, value in values["headers"].items()
        }
        for name, value in kept.items():
            if REDACTED in str(value):
                sentence = f"Enter the value of the header {name}; none is stored."
                errors["headers"] = [sentence]
        values["headers"] = kept

    @extend_schema_field(
        {
            "type": "array",
            "items": {"type": "string"},
            "description": "Which of the fields that are only written hold something.",
        }
    )
    def get_stored_secrets(self, destination: Destination) -> list[str]:
        """Return the names of the secret fields that are not empty."""
        return [
            name for name in Destination.SECRET_FIELDS if getattr(destination, name)
        ]

    @extend_schema_field(
        {
            "type": "string",
            "description": "For ed25519: what receivers check signatures by.",
        }
    )
    def get_public_key(self, destination: Destination) -> str:
        """Return the public half of an Ed25519 secret; empty for other signatures."""
        return find_public_key(destination.signature, destination.secret)

    @extend_schema_field(HEALTH_SCHEMA)
    def get_health(self, destination: Destination) -> dict[str, Any]:
        """Return how it has been going; the counts are annotated."""
        return show_health(destination, is_timed=self.parent is None)


class VerifySerializer(WebhookSerializer):
    """A webhook that is not saved yet; only where it leads must be there."""

    label = Text(  # type: ignore[assignment]  # the field, not the serializer's own
        required=False, default="Not saved yet"
    )


class RotateSecretSerializer(Input):
    """How long the secret before goes on signing, and perhaps the new one."""

    overlap_hours = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=24 * 30,
        default=24,
        error_messages={
            "invalid": "Write a whole number of hours.",
            "min_value": "Write 0 to 720 hours.",
            "max_value": "Write 0 to 720 hours.",
        },
    )
    secret = Secret(help_text="Left out: one is generated.")


class DisableSerializer(Input):
    """Why."""

    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=255,
        error_messages={"max_length": "Write at most 255 characters."},
    )
