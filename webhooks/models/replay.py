"""A bulk replay: many deliveries sent again, in the background."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from integrations_project.lib.ids import uuid7
from webhooks.models.destination import Destination
from webhooks.querysets import ReplayQuerySet


class Replay(models.Model):
    """Deliveries of one destination in a window of time, to be sent again."""

    class Status(models.TextChoices):
        """States, in the order they are passed through."""

        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        CANCELLED = "cancelled", "Cancelled"  # a person stopped it

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="replays"
    )
    destination = models.ForeignKey(
        Destination, on_delete=models.CASCADE, related_name="replays"
    )
    statuses = models.JSONField(
        default=list, help_text="Which deliveries: failed, skipped, delivered…"
    )
    since = models.DateTimeField(help_text="Deliveries made at or after this.")
    until = models.DateTimeField(help_text="Deliveries made before this.")
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    total_count = models.PositiveIntegerField(default=0)
    queued_count = models.PositiveIntegerField(default=0)
    left_out_count = models.PositiveIntegerField(
        default=0, help_text="Could not be sent again: under way, or without a body."
    )
    last_delivery_id = models.BigIntegerField(
        default=0, help_text="How far it has come; ids go up."
    )
    requested_by = models.CharField(max_length=200, blank=True)
    beat_at = models.DateTimeField(
        default=timezone.now, help_text="Old while it is running: it is to be resumed."
    )
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ReplayQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("running", "finished", "cancelled")),
                name="replay_status_valid",
            ),
        )

    def __str__(self) -> str:
        return f"Replay to {self.destination}"

    def get_absolute_url(self) -> str:
        return reverse("webhooks:replay-detail", args=[self.destination_id, self.pk])

    @property
    def is_running(self) -> bool:
        """Whether batches are still to come."""
        return self.status == self.Status.RUNNING

    @property
    def done_count(self) -> int:
        """How many deliveries it has looked at."""
        return self.queued_count + self.left_out_count
