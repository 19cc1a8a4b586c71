"""A delivery and its attempts; records, written by actions and the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from webhooks.models.destination import Destination
from webhooks.models.event import Event, Payload
from webhooks.querysets import AttemptQuerySet, DeliveryQuerySet

if TYPE_CHECKING:
    from datetime import datetime


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
        # Written in the event's own transaction: a check less on the hottest insert.
        db_constraint=False,
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
    #: The first success; sending it again does not move it.
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
            # The lists of what was not delivered: rare in a long history. Nothing
            # that goes well is ever in these two.
            models.Index(
                fields=("organization", "status", "-id"),
                name="delivery_unsent",
                condition=Q(status__in=("failed", "skipped", "cancelled")),
            ),
            models.Index(
                fields=("destination", "status", "-id"),
                name="delivery_destination_unsent",
                condition=Q(status__in=("failed", "skipped", "cancelled")),
            ),
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
        """When the next attempt may start; None when none is waiting.

        Later than `due_at` while the webhook's breaker or rate limit holds it back.
        """
        if self.status != self.Status.PENDING:
            return None
        turn_at = self.destination.turn_at
        return self.due_at if turn_at is None else max(self.due_at, turn_at)


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
