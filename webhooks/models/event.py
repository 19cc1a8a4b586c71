"""An event, and its exact body in each format; records, written by actions."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import Network, Organization
from integrations_project.lib.ids import uuid7
from integrations_project.lib.redaction import conceal_links


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

    event = models.ForeignKey(
        Event,
        on_delete=models.CASCADE,
        related_name="payloads",
        # Found by the unique constraint's index.
        db_index=False,
    )
    format = models.CharField(
        max_length=80, help_text="Its name; a template's with its destination's id."
    )
    body = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("event", "format"), name="payload_event_format_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.event_id} as {self.format}"

    @property
    def shown_body(self) -> str:
        """The body as people are shown it: links that act are masked."""
        return conceal_links(self.body)
