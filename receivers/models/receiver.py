"""A receiver: a secret URL, and how to read what is posted to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Network, Organization
from alerts.models import Incident, Service
from integrations_project.lib.encryption import EncryptedTextField
from integrations_project.lib.ids import uuid7
from receivers import validation
from receivers.querysets import ReceiverQuerySet

if TYPE_CHECKING:
    from datetime import datetime


class Receiver(models.Model):
    """A secret URL that an outside tool posts statuses to."""

    class MappingMode(models.TextChoices):
        """What the receiver's own table does with the default one."""

        EXTEND = "extend", "Adds to the default table"
        REPLACE = "replace", "Replaces the default table"

    class Unmapped(models.TextChoices):
        """What a value that is in no table does."""

        IGNORE = "ignore", "Ignore it"
        OPERATIONAL = "operational", "Operational"
        DEGRADED = "degraded", "Degraded"
        DOWN = "down", "Down"
        MAINTENANCE = "maintenance", "Maintenance"

    class SignatureScheme(models.TextChoices):
        """How a sender signs; the values are names in receivers.verification."""

        HEX = "hex", "HMAC-SHA256, hex"  # with or without sha256=
        SHA256_HEX = "sha256_hex", "HMAC-SHA256, sha256=… (GitHub)"
        BASE64 = "base64", "HMAC-SHA256, Base64"
        STANDARD_WEBHOOKS = "standard_webhooks", "Standard Webhooks"
        STRIPE = "stripe", "t=…,v1=… (Stripe)"
        SLACK = "slack", "v0=… with a timestamp (Slack)"
        PAGERDUTY = "pagerduty", "v1=…, several (PagerDuty)"
        SHARED_SECRET = "shared_secret", "The secret itself"

    class RequiredAuth(models.TextChoices):
        """What the Authorization header must say, beside any signature."""

        NONE = "none", "Nothing"
        BASIC = "basic", "Basic"  # user and password
        BEARER = "bearer", "Bearer"  # a token

    class SilentStatus(models.TextChoices):
        """What its service becomes when nothing comes in for too long."""

        DEGRADED = "degraded", "Degraded"
        DOWN = "down", "Down"

    class AutoCreate(models.TextChoices):
        """When an incident is opened by itself."""

        NEVER = "never", "Never"
        DOWN = "down", "When the service goes down"
        DEGRADED = "degraded", "When the service is degraded or down"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="receivers"
    )
    name = models.CharField(
        max_length=100, help_text='For example "Deploy pipeline status".'
    )
    token = EncryptedTextField(editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    previous_token_hash = models.CharField(max_length=64, blank=True, editable=False)
    previous_token_expires_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )
    preset = models.CharField(
        max_length=40,
        blank=True,
        help_text="A known sender, detect, or empty for the plain fields below.",
    )
    service = models.ForeignKey(
        Service,
        on_delete=models.CASCADE,
        related_name="receivers",
        null=True,
        blank=True,
        help_text="The service that every status is for; empty takes the name below.",
    )
    service_name_field = models.CharField(
        max_length=200,
        blank=True,
        help_text="Where the body names the service, such as service_name.",
    )
    create_unknown_services = models.BooleanField(
        default=False, help_text="Create a service that does not exist yet."
    )
    status_field = models.CharField(
        max_length=200,
        default="status",
        blank=True,
        help_text="Where the status is, such as data.attributes.current_status.",
    )
    message_field = models.CharField(
        max_length=200,
        default="message",
        blank=True,
        help_text="Where the message for people is.",
    )
    key_field = models.CharField(
        max_length=200,
        blank=True,
        help_text="What tells several problems of one service apart, such as id.",
    )
    time_field = models.CharField(
        max_length=200,
        blank=True,
        help_text="When it happened by the sender's clock, such as occurred_at.",
    )
    delivery_id_field = models.CharField(
        max_length=200,
        blank=True,
        help_text="What is the same in a repeated post, such as header:X-Delivery.",
    )
    items_path = models.CharField(
        max_length=200,
        blank=True,
        help_text="A list whose items are read one by one, such as alerts[].",
    )
    mapping = models.JSONField(
        default=dict, blank=True, help_text="Status to the values that mean it."
    )
    mapping_mode = models.CharField(
        max_length=10, choices=MappingMode, default=MappingMode.EXTEND
    )
    unmapped = models.CharField(
        max_length=12, choices=Unmapped, default=Unmapped.IGNORE
    )
    networks = models.ManyToManyField(
        Network,
        related_name="receivers",
        blank=True,
        help_text="The networks it belongs to; none chosen means every network.",
    )
    hmac_secret = EncryptedTextField(
        "HMAC secret",
        blank=True,
        default="",
        help_text="The sender signs the body with it; empty accepts unsigned posts.",
    )
    previous_hmac_secret = EncryptedTextField(blank=True, default="", editable=False)
    previous_hmac_secret_expires_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )
    signature_header = models.CharField(
        max_length=100,
        default="X-Webhook-Signature",
        blank=True,
        help_text="The header that carries the signature.",
    )
    signature_scheme = models.CharField(
        max_length=20,
        choices=SignatureScheme,
        default=SignatureScheme.HEX,
        error_messages={
            "invalid_choice": (
                "Choose hex, sha256_hex, base64, standard_webhooks, stripe, slack, "
                "pagerduty or shared_secret."
            )
        },
    )
    required_auth = models.CharField(
        "required authorization",
        max_length=10,
        choices=RequiredAuth,
        default=RequiredAuth.NONE,
        error_messages={"invalid_choice": "Choose none, basic or bearer."},
    )
    auth_username = models.CharField("user", max_length=255, blank=True)
    auth_password = EncryptedTextField("password", blank=True, default="")
    auth_token = EncryptedTextField("token", blank=True, default="")
    source_networks = models.JSONField(
        default=list,
        blank=True,
        help_text="Only posts from these, such as 203.0.113.0/24; empty is anywhere.",
    )
    rate_per_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Posts a minute; empty takes the installation's limit.",
    )
    rate_notified_at = models.DateTimeField(null=True, blank=True, editable=False)
    expected_every_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Silent for longer than this, its service is said to be in trouble.",
    )
    silent_status = models.CharField(
        max_length=10,
        choices=SilentStatus,
        default=SilentStatus.DOWN,
        error_messages={"invalid_choice": "Choose degraded or down."},
    )
    silent_since = models.DateTimeField(null=True, blank=True, editable=False)
    sample = models.TextField(
        blank=True, editable=False, help_text="The body that the mapping editor shows."
    )
    sample_headers = models.JSONField(default=dict, blank=True, editable=False)
    auto_create_incidents = models.CharField(
        max_length=10, choices=AutoCreate, default=AutoCreate.NEVER
    )
    incident_severity = models.CharField(
        max_length=10, choices=Incident.Severity, default=Incident.Severity.MAJOR
    )
    auto_resolve_incidents = models.BooleanField(
        default=True, help_text="Resolve what this receiver opened on operational."
    )
    enabled = models.BooleanField(
        default=True, help_text="Off: posts are kept and change nothing."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    objects = ReceiverQuerySet.as_manager()

    SECRET_FIELDS: ClassVar[tuple[str, ...]] = (
        "hmac_secret",
        "auth_password",
        "auth_token",
    )

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("previous_token_hash",),
                condition=~Q(previous_token_hash=""),
                name="receiver_previous_token_unique",
            ),
            models.CheckConstraint(
                condition=Q(auto_create_incidents__in=("never", "down", "degraded")),
                name="receiver_auto_create_valid",
            ),
            models.CheckConstraint(
                condition=Q(mapping_mode__in=("extend", "replace")),
                name="receiver_mapping_mode_valid",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("receivers:receiver-detail", args=[self.pk])

    def active_secrets(self, *, now: datetime) -> tuple[str, ...]:
        """Return the secrets a signature may be made with; empty means unsigned."""
        secrets = [self.hmac_secret] if self.hmac_secret else []
        expires_at = self.previous_hmac_secret_expires_at
        if self.previous_hmac_secret and expires_at is not None and expires_at > now:
            secrets.append(self.previous_hmac_secret)
        return tuple(secrets)

    def clean(self) -> None:
        """Check everything that can be wrong, all fields together.

        Raises:
            ValidationError: With a sentence for each field that needs mending.
        """
        super().clean()
        errors = validation.find_receiver_errors(self)
        if errors:
            raise ValidationError(errors)
