"""A run: one fetch of one page, what was read from it, and what was different."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from integrations_project.lib.ids import uuid7
from monitors.models.schedule import Schedule
from monitors.models.strategy import Strategy


class Job(models.Model):
    """One fetch and extraction; a record that only moves forward."""

    class Status(models.TextChoices):
        """States, in the order they are passed through."""

        PENDING = "pending", "Pending"
        RUNNING = "running", "Running"  # claimed; the lease ends at due_at
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization,
        on_delete=models.CASCADE,
        related_name="monitor_jobs",
        db_index=False,
    )
    strategy = models.ForeignKey(
        Strategy, on_delete=models.CASCADE, related_name="jobs", db_index=False
    )
    #: Deleting a schedule keeps its runs.
    schedule = models.ForeignKey(
        Schedule,
        on_delete=models.SET_NULL,
        related_name="jobs",
        null=True,
        db_index=False,
    )
    batch_id = models.UUIDField(null=True)
    url = models.CharField(max_length=2048)
    #: Whose manners count, see `Host`; runs of one host take turns.
    origin = models.CharField(max_length=300, blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    #: The moment that a schedule asked for; one run for each page of a slot.
    slot_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    due_at = models.DateTimeField(
        default=timezone.now,
        help_text="Pending: not before this. Running: the lease ends now.",
    )
    lease_owner = models.UUIDField(null=True)
    lost_count = models.PositiveSmallIntegerField(
        default=0, help_text="Claims lost with their worker."
    )
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=500, blank=True)
    #: Which expectation of the schedule the answer did not meet, as a sentence.
    unmet = models.CharField(max_length=500, blank=True)
    notices = models.JSONField(default=list)
    results = models.JSONField(default=list)
    item_count = models.PositiveIntegerField(default=0)
    content_hash = models.CharField(max_length=64, blank=True)
    structure_hash = models.CharField(max_length=64, blank=True)
    #: The completed run of the same page before, that it was compared with.
    previous = models.ForeignKey(
        "self", on_delete=models.SET_NULL, related_name="+", null=True
    )
    has_changes = models.BooleanField(default=False)
    added_count = models.PositiveIntegerField(default=0)
    removed_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField(
        null=True, help_text="When a client pulled the change."
    )
    #: What the next fetch asks with, so that nothing new costs nothing.
    etag = models.CharField(max_length=500, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    trace = models.UUIDField(default=uuid7)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("pending", "running", "completed", "failed")),
                name="job_status_valid",
            ),
            # Never twice for one slot, whoever looks.
            models.UniqueConstraint(
                fields=("schedule", "slot_at", "url"),
                condition=Q(slot_at__isnull=False, schedule__isnull=False),
                name="job_slot_unique",
            ),
        )
        indexes = (
            # What is to be run, and what was lost with its worker.
            models.Index(
                fields=("due_at",),
                name="job_due",
                condition=Q(status__in=("pending", "running")),
            ),
            # What a schedule waits for, before it begins its next slot.
            models.Index(
                fields=("schedule",),
                name="job_unfinished",
                condition=Q(status__in=("pending", "running")),
            ),
            models.Index(fields=("organization", "-id"), name="job_organization"),
            models.Index(fields=("strategy", "-id"), name="job_strategy"),
            models.Index(fields=("schedule", "-id"), name="job_schedule"),
            # What a client has not pulled yet, and the changelog.
            models.Index(
                fields=("schedule", "-completed_at"),
                name="job_changed",
                condition=Q(has_changes=True),
            ),
            models.Index(
                fields=("batch_id",),
                name="job_batch",
                condition=Q(batch_id__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_status_display()}: {self.url}"

    def get_absolute_url(self) -> str:
        return reverse("monitors:run-detail", args=[self.pk])
