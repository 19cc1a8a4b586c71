"""A destination: where events are sent, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Network, Organization
from integrations_project.lib.encryption import EncryptedJSONField, EncryptedTextField
from integrations_project.lib.ids import uuid7
from webhooks import validation
from webhooks.kinds import settle_kind
from webhooks.models.destination_state import DestinationState
from webhooks.previous_secrets import PreviousSecret, read_previous, write_previous
from webhooks.querysets import DestinationQuerySet
from webhooks.signatures import find_public_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime


class Destination(DestinationState):
    """Somewhere events are sent; screens call it a webhook."""

    class Kind(models.TextChoices):
        """How events get there."""

        WEBHOOK = "webhook", "Webhook"  # a POST to a URL
        EMAIL = "email", "E-mail"  # a message to addresses
        CHAT = "chat", "Chat"  # a message in a chat tool

    class ManagedBy(models.TextChoices):
        """What of the product keeps a destination that no person made."""

        RULE = "rule", "A rule"  # a target with a URL of its own
        ON_CALL = "on_call", "On-call"  # an e-mail to a person
        STATUS_PAGE = "status_page", "A status page"  # a subscriber
        MONITOR = "monitor", "A monitor"  # what its webhook fields say

    class AuthMethod(models.TextChoices):
        """What the Authorization header says."""

        NONE = "none", "None"  # no header
        BASIC = "basic", "Basic"  # user and password
        BEARER = "bearer", "Bearer"  # a token
        OAUTH2 = "oauth2", "OAuth2 client credentials"  # a token fetched before
        CLIENT_CERTIFICATE = "client_certificate", "Client certificate"  # TLS's own

    class Signature(models.TextChoices):
        """How a request proves where it comes from."""

        STANDARD_WEBHOOKS = "standard_webhooks", "Standard Webhooks"
        ED25519 = "ed25519", "Standard Webhooks, Ed25519"  # checked by a public key
        HMAC_HEX = "hmac_hex", "HMAC-SHA256, hex"
        HMAC_SHA256_PREFIXED = "hmac_sha256_prefixed", "HMAC-SHA256, sha256=…"
        SHARED_SECRET = "shared_secret", "The secret itself"
        NONE = "none", "None"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="destinations"
    )
    label = models.CharField(
        max_length=100,
        help_text='A descriptive name, such as "Production alerts".',
        error_messages={
            "blank": 'Enter a descriptive name, such as "Production alerts".'
        },
    )
    kind = models.CharField(
        max_length=10,
        choices=Kind,
        default=Kind.WEBHOOK,
        help_text="Fixed once it is made.",
        error_messages={"invalid_choice": "Choose webhook, email or chat."},
    )
    url = models.CharField(
        "URL",
        max_length=2048,
        help_text="The HTTPS endpoint that takes a POST for each event.",
        error_messages={
            "blank": "Enter a complete web address such as https://example.com/hook."
        },
    )
    service_url = EncryptedTextField(
        "service URL",
        blank=True,
        default="",
        help_text="For a chat tool that Apprise reaches, such as tgram://….",
    )
    recipients = models.JSONField(
        default=list, blank=True, help_text="For e-mail: the addresses."
    )
    format = models.CharField(
        max_length=50, default="standard", help_text="The shape of the body."
    )
    template = models.TextField(
        blank=True,
        help_text="For the format template: JSON with {{ path }} places.",
    )
    auth_method = models.CharField(
        "authorization",
        max_length=20,
        choices=AuthMethod,
        default=AuthMethod.NONE,
        error_messages={
            "invalid_choice": (
                "Choose none, basic, bearer, oauth2 or client_certificate."
            )
        },
    )
    username = models.CharField(
        max_length=255, blank=True, help_text="For Basic authorization."
    )
    password = EncryptedTextField(
        blank=True, default="", help_text="For Basic authorization."
    )
    token = EncryptedTextField(
        blank=True, default="", help_text="For Bearer authorization."
    )
    oauth2_token_url = models.CharField(
        "token URL",
        max_length=2048,
        blank=True,
        help_text="For OAuth2: where a token is asked for.",
    )
    oauth2_client_id = models.CharField("client id", max_length=255, blank=True)
    oauth2_client_secret = EncryptedTextField("client secret", blank=True, default="")
    oauth2_scope = models.CharField(
        "scope", max_length=1000, blank=True, help_text="Separated by spaces."
    )
    client_certificate = models.TextField(
        blank=True, help_text="PEM, with the certificates between it and the root."
    )
    client_key = EncryptedTextField(
        blank=True, default="", help_text="PEM, without a passphrase."
    )
    secret = EncryptedTextField(
        blank=True,
        default="",
        help_text="Signs each request, so that the endpoint can check the sender.",
    )
    #: Read and written as `previous_secrets`; the time is the latest end among them.
    previous_secret = EncryptedTextField(blank=True, default="", editable=False)
    previous_secret_expires_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )
    signature = models.CharField(
        max_length=30,
        choices=Signature,
        default=Signature.STANDARD_WEBHOOKS,
        error_messages={
            "invalid_choice": (
                "Choose standard_webhooks, ed25519, hmac_hex, hmac_sha256_prefixed, "
                "shared_secret or none."
            )
        },
    )
    signature_header = models.CharField(
        max_length=100,
        blank=True,
        help_text="Which header carries it; empty takes the signature's usual one.",
    )
    headers = EncryptedJSONField(
        blank=True, default=dict, help_text="Further headers, name to value."
    )
    event_types = models.JSONField(
        default=list,
        blank=True,
        help_text=(
            "Events sent here without any rule, such as incident.opened, alert.* or *."
        ),
    )
    networks = models.ManyToManyField(
        Network,
        related_name="destinations",
        blank=True,
        help_text="Only events of these networks; none chosen means every network.",
    )
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=255, blank=True, editable=False)
    timeout_seconds = models.PositiveSmallIntegerField(
        default=30,
        validators=[
            MinValueValidator(1, "Enter 1 to 30 seconds."),
            MaxValueValidator(30, "Enter 1 to 30 seconds."),
        ],
        help_text="Seconds for the whole request, 1 to 30.",
    )
    max_in_flight = models.PositiveSmallIntegerField(
        default=10,
        validators=[
            MinValueValidator(1, "Enter 1 to 500 requests."),
            MaxValueValidator(500, "Enter 1 to 500 requests."),
        ],
        help_text="Requests on the way at the same time, for each worker, 1 to 500.",
    )
    retry_schedule = models.JSONField(
        null=True,
        blank=True,
        help_text="Seconds to wait after each failure; empty takes the default.",
    )
    rate_per_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[
            MinValueValidator(1, "Enter 1 to 60000 requests a minute, or nothing."),
            MaxValueValidator(
                60_000, "Enter 1 to 60000 requests a minute, or nothing."
            ),
        ],
        help_text="Requests a minute at most, over all workers; empty is no limit.",
    )
    #: Who keeps it; people do not edit those that the product keeps.
    managed_by = models.CharField(
        max_length=20, choices=ManagedBy, blank=True, default="", editable=False
    )
    #: The webhook whose settings it shares, all but the URL.
    shares_with = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        related_name="sharing",
        null=True,
        blank=True,
        editable=False,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    objects = DestinationQuerySet.as_manager()

    #: Not stored: the secret was just taken off because it belongs to another host.
    is_secret_cleared: bool = False
    #: Fields that are never shown again once stored.
    SECRET_FIELDS: ClassVar[tuple[str, ...]] = (
        "secret",
        "password",
        "token",
        "oauth2_client_secret",
        "client_key",
        "service_url",
    )

    class Meta:
        verbose_name = "webhook"
        ordering = ("label", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    auth_method__in=(
                        "none",
                        "basic",
                        "bearer",
                        "oauth2",
                        "client_certificate",
                    )
                ),
                name="destination_auth_method_valid",
            ),
            models.CheckConstraint(
                condition=Q(timeout_seconds__gte=1, timeout_seconds__lte=30),
                name="destination_timeout_valid",
            ),
        )

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **options: Any) -> None:
        """Store it; whether the gate claims for it follows from the rest."""
        self.is_gated = (
            self.rate_per_minute is not None or self.breaker_opened_at is not None
        )
        fields = options.get("update_fields")
        if fields is not None and "rate_per_minute" in fields:
            options["update_fields"] = {*fields, "is_gated"}
        super().save(*args, **options)

    def get_absolute_url(self) -> str:
        return reverse("webhooks:destination-detail", args=[self.pk])

    @property
    def host(self) -> str:
        """Where it leads, in short: host and port, or the addresses of an e-mail."""
        if self.url.startswith(("http://", "https://")):
            return urlsplit(self.url).netloc
        return self.url.removeprefix("mailto:")

    @property
    def public_key(self) -> str:
        """What receivers check an Ed25519 signature by; empty for all others."""
        return find_public_key(self.signature, self.secret)

    @property
    def previous_secrets(self) -> tuple[PreviousSecret, ...]:
        """The secrets before, the newest first, also those that ended."""
        return read_previous(
            self.previous_secret, latest_end=self.previous_secret_expires_at
        )

    @previous_secrets.setter
    def previous_secrets(self, previous: Sequence[PreviousSecret]) -> None:
        stored = write_previous(previous)
        self.previous_secret, self.previous_secret_expires_at = stored

    def active_secrets(self, *, now: datetime) -> list[str]:
        """Return the secrets that sign now, the newest first."""
        secrets = [self.secret] if self.secret else []
        active = (each for each in self.previous_secrets if each.expires_at > now)
        return [*secrets, *(each.secret for each in active)]

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Check each field, after what follows from the kind was filled in."""
        settle_kind(self)
        unjudged = set(exclude or ())
        if self.kind in (self.Kind.EMAIL, self.Kind.CHAT):
            # It follows from the recipients or the service, and those are judged.
            unjudged.add("url")
        super().clean_fields(unjudged)

    def clean(self) -> None:
        """Check everything that can be wrong, all fields together.

        Raises:
            ValidationError: With a sentence for each field that needs mending.
        """
        super().clean()
        self.event_types = validation.normalize_event_types(self.event_types)
        self.retry_schedule = validation.normalize_retry_schedule(self.retry_schedule)
        errors = validation.find_destination_errors(self)
        if errors:
            raise ValidationError(errors)
