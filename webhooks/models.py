"""Outbound: where webhooks go, what is to be sent, and what happened to it.

`Destination` is configuration. `Event`, `Payload`, `Delivery`, `Attempt` and `Pump`
are records: only actions and the engine write them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
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
from webhooks.querysets import AttemptQuerySet, DeliveryQuerySet, DestinationQuerySet

if TYPE_CHECKING:
    from datetime import datetime


class Destination(models.Model):
    """Somewhere events are sent; screens call it a webhook."""

    class Kind(models.TextChoices):
        """How events get there."""

        WEBHOOK = "webhook", "Webhook"  # a POST to a URL

    class AuthMethod(models.TextChoices):
        """What the Authorization header says."""

        NONE = "none", "None"  # no header
        BASIC = "basic", "Basic"  # user and password
        BEARER = "bearer", "Bearer"  # a token

    class Signature(models.TextChoices):
        """How a request proves where it comes from."""

        STANDARD_WEBHOOKS = "standard_webhooks", "Standard Webhooks"
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
        max_length=10, choices=Kind, default=Kind.WEBHOOK, editable=False
    )
    url = models.CharField(
        "URL",
        max_length=2048,
        help_text="The HTTPS endpoint that takes a POST for each event.",
        error_messages={
            "blank": "Enter a complete web address such as https://example.com/hook."
        },
    )
    format = models.CharField(
        max_length=50, default="standard", help_text="The shape of the body."
    )
    auth_method = models.CharField(
        "authorization",
        max_length=10,
        choices=AuthMethod,
        default=AuthMethod.NONE,
        error_messages={"invalid_choice": "Choose none, basic or bearer."},
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
    secret = EncryptedTextField(
        blank=True,
        default="",
        help_text="Signs each request, so that the endpoint can check the sender.",
    )
    previous_secret = EncryptedTextField(blank=True, default="", editable=False)
    previous_secret_expires_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )
    signature = models.CharField(
        max_length=30,
        choices=Signature,
        default=Signature.STANDARD_WEBHOOKS,
        error_messages={"invalid_choice": "Choose standard_webhooks or none."},
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
    last_success_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_failure_at = models.DateTimeField(null=True, blank=True, editable=False)
    consecutive_failures = models.PositiveIntegerField(default=0, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    objects = DestinationQuerySet.as_manager()

    #: Fields that are never shown again once stored.
    SECRET_FIELDS: ClassVar[tuple[str, ...]] = ("secret", "password", "token")

    class Meta:
        verbose_name = "webhook"
        ordering = ("label", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(auth_method__in=("none", "basic", "bearer")),
                name="destination_auth_method_valid",
            ),
            models.CheckConstraint(
                condition=Q(timeout_seconds__gte=1, timeout_seconds__lte=30),
                name="destination_timeout_valid",
            ),
        )

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("webhooks:destination-detail", args=[self.pk])

    @property
    def host(self) -> str:
        """The host (and port) that requests go to."""
        return urlsplit(self.url).netloc

    def active_secrets(self, *, now: datetime) -> list[str]:
        """Return the secrets that sign now: the current one, then one in overlap."""
        secrets = [self.secret] if self.secret else []
        expires_at = self.previous_secret_expires_at
        if self.previous_secret and expires_at is not None and expires_at > now:
            secrets.append(self.previous_secret)
        return secrets

    def clean(self) -> None:
        """Check everything that can be wrong, all fields together.

        Raises:
            ValidationError: With a sentence for each field that needs mending.
        """
        super().clean()
        self.event_types = validation.normalize_event_types(self.event_types)
        errors = validation.find_destination_errors(self)
        if errors:
            raise ValidationError(errors)


class Event(models.Model):
    """Something that happened and that somebody may want to be told."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    network = models.ForeignKey(
        Network,
        on_delete=models.SET_NULL,
        related_name="events",
        null=True,
        db_index=False,
    )
    type = models.CharField(max_length=100)
    subject_kind = models.CharField(
        max_length=20, blank=True, help_text="service, incident, network…"
    )
    subject_id = models.CharField(max_length=64, blank=True)
    subject_label = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    trace = models.UUIDField()
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)
        indexes = (
            # The event list and its cursor: one organization, newest first.
            models.Index(fields=("organization", "-id"), name="event_organization"),
            # The trace page.
            models.Index(fields=("trace",), name="event_trace"),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.subject_label}".strip()


class Payload(models.Model):
    """The exact body of an event in one format; every attempt sends these bytes."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="payloads")
    format = models.CharField(max_length=50)
    body = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("event", "format"), name="payload_event_format_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.event_id} as {self.format}"


class Delivery(models.Model):
    """One event on its way to one destination."""

    class Status(models.TextChoices):
        """States, in the order they are passed through."""

        PENDING = "pending", "Pending"  # waits until due_at
        SENDING = "sending", "Sending"  # claimed; the lease ends at due_at
        DELIVERED = "delivered", "Delivered"  # a 2xx came back
        FAILED = "failed", "Failed"  # gave up
        SKIPPED = "skipped", "Skipped"  # was not to be sent; the reason says why
        CANCELLED = "cancelled", "Cancelled"  # a person stopped it

    class Priority(models.IntegerChoices):
        """First attempts go before retries."""

        FIRST = 0
        RETRY = 1

    organization = models.ForeignKey(
        Organization,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,
        # A check less on the hottest insert; the event's own key guards it.
        db_constraint=False,
    )
    event = models.ForeignKey(
        Event,
        on_delete=models.CASCADE,
        related_name="deliveries",
        # Found by the unique constraint's index.
        db_index=False,
    )
    destination = models.ForeignKey(
        Destination,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,
    )
    payload = models.ForeignKey(
        Payload,
        on_delete=models.CASCADE,
        related_name="deliveries",
        null=True,
        db_index=False,
        # Written by the statement that reads it: a check less on a hot insert.
        db_constraint=False,
        help_text="Empty when the format cannot carry the event (skipped).",
    )
    event_type = models.CharField(max_length=100)
    trace = models.UUIDField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    reason = models.CharField(
        max_length=255, blank=True, help_text="Why it was skipped or set aside."
    )
    priority = models.PositiveSmallIntegerField(
        choices=Priority, default=Priority.FIRST
    )
    due_at = models.DateTimeField(
        default=timezone.now,
        help_text="Pending: not before this. Sending: the lease ends now.",
    )
    lease_owner = models.UUIDField(
        null=True, blank=True, help_text="The pump that claimed it."
    )
    is_suspect = models.BooleanField(
        default=False, help_text="A claim of it was lost: it is claimed alone."
    )
    lost_alone_count = models.PositiveSmallIntegerField(
        default=0, help_text="Claims lost while it was alone; five set it aside."
    )
    attempt_count = models.PositiveSmallIntegerField(default=0)
    is_manual = models.BooleanField(
        default=False, help_text="The next attempt was asked for by a person."
    )
    is_last_attempt = models.BooleanField(
        default=False, help_text="No retry follows the next attempt."
    )
    last_status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error_code = models.CharField(max_length=40, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    status__in=(
                        "pending",
                        "sending",
                        "delivered",
                        "failed",
                        "skipped",
                        "cancelled",
                    )
                ),
                name="delivery_status_valid",
            ),
            models.UniqueConstraint(
                fields=("event", "destination"),
                name="delivery_event_destination_unique",
            ),
        )
        indexes = (
            # The claim: per destination, first attempts, then retries, oldest due
            # first. Its size follows the backlog, not the history.
            models.Index(
                fields=("destination", "priority", "due_at"),
                name="delivery_due",
                condition=Q(status="pending"),
            ),
            # The search for lost leases: as many rows as requests in flight.
            models.Index(
                fields=("due_at",),
                name="delivery_leased",
                condition=Q(status="sending"),
            ),
            # The search for suspects that wait to be sent alone; nearly always empty.
            models.Index(
                fields=("due_at",),
                name="delivery_suspect",
                condition=Q(status="pending", is_suspect=True),
            ),
            # The delivery list and its cursor.
            models.Index(fields=("organization", "-id"), name="delivery_organization"),
            # A destination's own list, and its health over 24 hours.
            models.Index(fields=("destination", "-id"), name="delivery_destination"),
        )

    def __str__(self) -> str:
        return f"Delivery {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("webhooks:delivery-detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether an attempt is still to come or under way."""
        return self.status in (self.Status.PENDING, self.Status.SENDING)

    @property
    def next_attempt_at(self) -> datetime | None:
        """When the next attempt is due; None when none is waiting."""
        return self.due_at if self.status == self.Status.PENDING else None


class Attempt(models.Model):
    """One request that was made for a delivery, and the answer to it."""

    delivery = models.ForeignKey(
        Delivery,
        on_delete=models.CASCADE,
        related_name="attempts",
        # Found by the unique constraint's index.
        db_index=False,
        # Inserted by the statement that updates the delivery, so it is there.
        db_constraint=False,
    )
    number = models.PositiveSmallIntegerField()
    is_manual = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    status_code = models.PositiveSmallIntegerField(null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=500, blank=True)
    error_hint = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=2048)
    request_headers = models.JSONField(
        default=dict, help_text="As sent, secrets masked."
    )
    response_headers = models.JSONField(default=dict, help_text="Secrets masked.")
    response_body = models.TextField(blank=True, help_text="The first 16 KiB.")
    is_response_truncated = models.BooleanField(default=False)
    timings = models.JSONField(
        default=dict,
        help_text="Milliseconds: dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms.",
    )
    remote_address = models.CharField(max_length=64, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ("delivery", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("delivery", "number"), name="attempt_delivery_number_unique"
            ),
        )

    def __str__(self) -> str:
        return f"Attempt {self.number} of delivery {self.delivery_id}"

    @property
    def is_success(self) -> bool:
        """Whether the endpoint took it."""
        return not self.error_code


class Pump(models.Model):
    """A run of the delivery engine: its heartbeat, and the flag that stops it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    host = models.CharField(max_length=255)
    process_id = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(help_text="Fresh while the pump is alive.")
    progress_at = models.DateTimeField(help_text="When something was last recorded.")
    in_flight = models.PositiveIntegerField(default=0)
    is_handing_over = models.BooleanField(
        default=False, help_text="Its turn is over: it only finishes what it began."
    )
    is_asked_to_stop = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"Pump on {self.host}, process {self.process_id}"
