"""A receipt: what one request to a receiver said and did."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import Organization
from alerts.models import Incident, Service, Status
from integrations_project.lib.ids import uuid7
from receivers.models.receiver import Receiver


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
    preset = models.CharField(
        max_length=40, blank=True, help_text="The sender that it was read as."
    )
    delivery_id = models.CharField(
        max_length=255, blank=True, help_text="The sender's id of this post, if any."
    )
    wiped_at = models.DateTimeField(
        null=True, help_text="Its body and headers were removed by a person."
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            # One post counts once, however often its sender repeats it.
            models.UniqueConstraint(
                fields=("receiver", "delivery_id"),
                condition=Q(result__in=("processed", "ignored")) & ~Q(delivery_id=""),
                name="receipt_delivery_id_unique",
            ),
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
            # What was turned away lately, for the notices and the receiver's page.
            models.Index(
                fields=("receiver", "-id"),
                name="receipt_rate_limited",
                condition=Q(reason="rate_limited"),
            ),
            # What still waits for a proof.
            models.Index(
                fields=("received_at",),
                name="receipt_verifying",
                condition=Q(reason="verifying"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_result_display()} {self.received_at:%Y-%m-%d %H:%M:%S}"

    def get_absolute_url(self) -> str:
        return reverse("receivers:receipt-detail", args=[self.pk])
