"""An incident, the services it affects, and its timeline."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization, User
from alerts.models.service import Service
from integrations_project.lib.ids import uuid7


class Incident(models.Model):
    """Something is wrong with one or more services."""

    class Status(models.TextChoices):
        """Acknowledged is a flag beside the state, not a state."""

        OPENED = "opened", "Opened"
        RESOLVED = "resolved", "Resolved"

    class Severity(models.TextChoices):
        """How bad it is, from the least."""

        MINOR = "minor", "Minor"
        MAJOR = "major", "Major"
        CRITICAL = "critical", "Critical"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="incidents"
    )
    number = models.PositiveIntegerField(
        editable=False, help_text="Counts up in each organization."
    )
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPENED)
    severity = models.CharField(max_length=10, choices=Severity, default=Severity.MAJOR)
    acknowledged = models.BooleanField(default=False)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        related_name="owned_incidents",
        null=True,
        blank=True,
        help_text="Who sees to it.",
    )
    labels = models.JSONField(default=dict, blank=True)
    post_mortem = models.TextField(
        max_length=50_000, blank=True, help_text="What happened, and what follows."
    )
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        related_name="merged",
        null=True,
        blank=True,
        help_text="The incident that goes on in its place.",
    )
    source_kind = models.CharField(max_length=10, default="manual")
    source_id = models.CharField(max_length=64, blank=True)
    source_label = models.CharField(max_length=200, default="Manual")
    stays_open = models.BooleanField(
        default=False,
        help_text="The source that opened it leaves resolving it to people.",
    )
    trace = models.UUIDField(help_text="Of what opened it.")
    opened_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "number"), name="incident_number_unique"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("opened", "resolved")),
                name="incident_status_valid",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=("minor", "major", "critical")),
                name="incident_severity_valid",
            ),
        )
        indexes = (
            # Open incidents: the overview and the list's default.
            models.Index(
                fields=("organization", "-id"),
                name="incident_open",
                condition=Q(status="opened"),
            ),
        )

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("alerts:incident-detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether it still needs somebody."""
        return self.status == self.Status.OPENED

    @property
    def service_names(self) -> list[str]:
        """The services that it affects or did, each once; reads `affected`."""
        return list(dict.fromkeys(link.service.name for link in self.affected.all()))

    @property
    def resolves_itself(self) -> bool:
        """Whether it is over when its last service is normal again."""
        return self.source_kind != "manual" and not self.stays_open


class IncidentService(models.Model):
    """A service affected by an incident, from when to when, by which source."""

    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, related_name="affected"
    )
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="affecting"
    )
    source_kind = models.CharField(max_length=10, default="manual")
    source_id = models.CharField(max_length=64, blank=True)
    source_label = models.CharField(max_length=200, blank=True)
    group = models.JSONField(
        null=True,
        blank=True,
        help_text='What tells its failures apart: [{"name", "value"}].',
    )
    key = models.CharField(max_length=255, blank=True)
    linked_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            # Concurrent openers make one: the second insert is refused.
            models.UniqueConstraint(
                fields=("source_kind", "source_id", "service", "key"),
                condition=Q(resolved_at__isnull=True) & ~Q(source_kind="manual"),
                name="incidentservice_open_unique",
            ),
            # A service that recovers and fails again is in it twice, one time open.
            models.UniqueConstraint(
                fields=("incident", "service", "source_kind", "source_id", "key"),
                condition=Q(resolved_at__isnull=True),
                name="incidentservice_service_unique",
            ),
        )

    def __str__(self) -> str:
        return f"{self.service_id} in {self.incident_id}"


class IncidentEntry(models.Model):
    """One line of an incident's timeline, by a person or the product."""

    class Kind(models.TextChoices):
        """What happened."""

        OPENED = "opened", "Opened"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        UPDATE = "update", "Update"  # words that somebody posted
        EDITED = "edited", "Edited"
        STATUS = "status", "Status"  # an affected service changed its status
        LINKED = "linked", "Service joined"
        UNLINKED = "unlinked", "Service recovered"
        OWNER = "owner", "Owner"  # somebody else sees to it
        MERGED = "merged", "Merged"
        ESCALATED = "escalated", "Escalated"  # the next step was told
        SILENCED = "silenced", "Silenced"  # a window kept rules from telling
        POST_MORTEM = "post_mortem", "Post-mortem"
        RESOLVED = "resolved", "Resolved"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, related_name="entries"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    message = models.TextField(max_length=5000, blank=True)
    actor_label = models.CharField(max_length=200)
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, related_name="incident_entries", null=True
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "incident entries"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.actor_label}"


class UsedLink(models.Model):
    """A signed link that was used; each works once."""

    digest = models.CharField(max_length=64, primary_key=True)
    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, related_name="used_links"
    )
    used_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.digest[:8]}… for {self.incident_id}"


class IncidentCounter(models.Model):
    """The last incident number of an organization; locked to take the next."""

    organization = models.OneToOneField(
        Organization,
        on_delete=models.CASCADE,
        related_name="incident_counter",
        primary_key=True,
    )
    last_number = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last_number)
