"""A schedule: which pages are read when, who is told, and what it says of a service."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Network, Organization
from alerts.models import Incident, Service
from integrations_project.lib.ids import uuid7
from monitors.models.strategy import Strategy
from webhooks.models import Destination

MIN_INTERVAL_SECONDS = 60
MAX_INTERVAL_SECONDS = 365 * 86_400


class Schedule(models.Model):
    """Reads pages again and again; screens call it a monitor."""

    class WebhookType(models.TextChoices):
        """The shape of what is pushed."""

        STANDARD = "standard", "Standard"
        SLACK = "slack", "Slack"
        SLACK_WORKFLOW = "slack_workflow", "Slack workflow"
        DISCORD = "discord", "Discord"
        EMAIL = "email", "E-mail"

    class FailureStatus(models.TextChoices):
        """What a service is said to be when runs fail."""

        DEGRADED = "degraded", "Degraded"
        DOWN = "down", "Down"

    class AutoCreate(models.TextChoices):
        """When it opens an incident by itself."""

        NEVER = "never", "Never"
        DOWN = "down", "When it is down"
        DEGRADED = "degraded", "When it is degraded or down"

    #: What running notes; none of them is a setting.
    STATE_FIELDS: ClassVar[tuple[str, ...]] = (
        "next_run_at",
        "last_run_at",
        "skipped_at",
        "consecutive_failures",
        "failures",
        "last_error",
    )

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="monitor_schedules"
    )
    strategy = models.ForeignKey(
        Strategy, on_delete=models.CASCADE, related_name="schedules"
    )
    name = models.CharField(
        max_length=200, blank=True, help_text="Empty takes the strategy's name."
    )
    networks = models.ManyToManyField(
        Network,
        related_name="monitor_schedules",
        blank=True,
        help_text="None chosen means every network.",
    )
    urls = models.JSONField(default=list, help_text="The pages; at least one.")
    is_batch = models.BooleanField(
        default=False, help_text="The pages were given as a list."
    )
    interval_seconds = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[
            MinValueValidator(MIN_INTERVAL_SECONDS, "Run once a minute at most."),
            MaxValueValidator(MAX_INTERVAL_SECONDS, "Run once a year at least."),
        ],
    )
    cron_expression = models.CharField(
        max_length=100, blank=True, help_text="Instead, such as 0 9 * * 1-5."
    )
    time_zone = models.CharField(
        max_length=64, default="UTC", help_text="Of the cron expression."
    )
    parameters = models.JSONField(
        default=dict, blank=True, help_text="Overrides of the strategy's parameters."
    )
    enabled = models.BooleanField(default=True)
    honours_robots = models.BooleanField(
        default=True, help_text="Pages that robots.txt forbids are not read."
    )
    #: Told of every run; kept by the product, made from the webhook fields.
    destination = models.ForeignKey(
        Destination,
        on_delete=models.SET_NULL,
        related_name="monitor_schedules",
        null=True,
        blank=True,
        editable=False,
    )
    webhook_type = models.CharField(max_length=20, choices=WebhookType, blank=True)
    webhook_metadata = models.JSONField(
        default=dict, blank=True, help_text="Echoed in every payload."
    )
    service = models.ForeignKey(
        Service,
        on_delete=models.SET_NULL,
        related_name="monitor_schedules",
        null=True,
        blank=True,
        help_text="A service that follows what the runs find.",
    )
    expectations = models.JSONField(
        default=dict,
        blank=True,
        help_text=(
            "What each answer must have: status_codes, text, no_text, "
            "response_ms, tls_days."
        ),
    )
    failure_status = models.CharField(
        max_length=10, choices=FailureStatus, default=FailureStatus.DOWN
    )
    failure_threshold = models.PositiveSmallIntegerField(
        default=2,
        validators=[
            MinValueValidator(1, "One failure at least."),
            MaxValueValidator(20, "Twenty failures at most."),
        ],
        help_text="Failures in a row before the service is said to be so.",
    )
    auto_create_incidents = models.CharField(
        max_length=10, choices=AutoCreate, default=AutoCreate.NEVER
    )
    incident_severity = models.CharField(
        max_length=10, choices=Incident.Severity, default=Incident.Severity.MAJOR
    )
    #: State; moved forward by the runner only.
    next_run_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_run_at = models.DateTimeField(null=True, blank=True, editable=False)
    skipped_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The last slot left out, because the run before had not ended.",
    )
    consecutive_failures = models.PositiveIntegerField(default=0, editable=False)
    failures = models.JSONField(
        default=dict,
        editable=False,
        help_text="Of each page that fails now: how often in a row, and why.",
    )
    last_error = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(interval_seconds__isnull=False, cron_expression="")
                | (Q(interval_seconds__isnull=True) & ~Q(cron_expression="")),
                name="schedule_interval_or_cron",
            ),
        )
        indexes = (
            # What is due: the runner asks once a second.
            models.Index(
                fields=("next_run_at",),
                name="schedule_due",
                condition=Q(enabled=True, next_run_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.name or str(self.strategy)

    def get_absolute_url(self) -> str:
        return reverse("monitors:monitor-detail", args=[self.pk])

    @property
    def webhook_url(self) -> str:
        """Where its runs are told, as it may be shown; "" when nobody is told."""
        return self.destination.url if self.destination is not None else ""

    def forget_failures(self) -> None:
        """Count from nothing again, as after a pause; not stored."""
        self.failures, self.consecutive_failures, self.last_error = {}, 0, ""
