"""Inbound: receivers, and a receipt for every request to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Network, Organization
from alerts.models import Incident, Service, Status
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
        help_text="The header that carries the signature.",
    )
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

    SECRET_FIELDS: ClassVar[tuple[str, ...]] = ("hmac_secret",)

    class Meta:
        ordering = ("name", "id")
        constraints = (
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


class Receipt(models.Model):
    """One request to a receiver: what was read, what it did, and why not."""

    class Result(models.TextChoices):
        """What became of it."""

        PROCESSED = "processed", "Processed"  # something changed
        IGNORED = "ignored", "Ignored"  # understood, nothing to change
        FAILED = "failed", "Failed"  # could not be understood
        AUTH_FAILED = "auth_failed", "Signature refused"  # not authentic

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="receipts", db_index=False
    )
    receiver = models.ForeignKey(
        Receiver, on_delete=models.CASCADE, related_name="receipts", db_index=False
    )
    received_at = models.DateTimeField()
    source_ip = models.GenericIPAddressField(null=True)
    result = models.CharField(max_length=12, choices=Result)
    reason = models.CharField(
        max_length=40, blank=True, help_text="A stable word, such as unmapped."
    )
    detail = models.CharField(
        max_length=1000, blank=True, help_text="The reason as a sentence."
    )
    raw_status = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=12, choices=Status, blank=True)
    previous_status = models.CharField(max_length=12, choices=Status, blank=True)
    service = models.ForeignKey(
        Service,
        on_delete=models.SET_NULL,
        related_name="receipts",
        null=True,
        db_index=False,
    )
    incident = models.ForeignKey(
        Incident, on_delete=models.SET_NULL, related_name="receipts", null=True
    )
    items = models.JSONField(default=list, help_text="The outcome of each item.")
    headers = models.JSONField(default=dict, help_text="Secrets masked.")
    body = models.TextField(blank=True, help_text="The first 64 KiB.")
    body_size = models.PositiveIntegerField(default=0, help_text="Bytes as received.")
    count = models.PositiveIntegerField(
        default=1, help_text="More than one: stands for requests that were turned away."
    )
    trace = models.UUIDField()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    result__in=("processed", "ignored", "failed", "auth_failed")
                ),
                name="receipt_result_valid",
            ),
        )
        indexes = (
            # The receipt list and its cursor.
            models.Index(fields=("organization", "-id"), name="receipt_organization"),
            # A receiver's last 50.
            models.Index(fields=("receiver", "-id"), name="receipt_receiver"),
            # The trace page.
            models.Index(fields=("trace",), name="receipt_trace"),
        )

    def __str__(self) -> str:
        return f"{self.get_result_display()} {self.received_at:%Y-%m-%d %H:%M:%S}"

    def get_absolute_url(self) -> str:
        return reverse("receivers:receipt-detail", args=[self.pk])
