"""A service, what each source says of it, and every change of its status."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from accounts.models import Network, Organization
from integrations_project.lib.ids import uuid7


class Status(models.TextChoices):
    """How a service is doing, from the best to the worst; maintenance is planned."""

    OPERATIONAL = "operational", "Operational"
    DEGRADED = "degraded", "Degraded"
    DOWN = "down", "Down"
    MAINTENANCE = "maintenance", "Maintenance"


STATUS_VALUES = ("operational", "degraded", "down", "maintenance")


class Service(models.Model):
    """Something whose status people care about."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="services"
    )
    network = models.ForeignKey(
        Network,
        on_delete=models.SET_NULL,
        related_name="services",
        null=True,
        blank=True,
        help_text="The network it belongs to, if any.",
    )
    name = models.CharField(max_length=200, help_text='For example "API Gateway".')
    description = models.TextField(max_length=2000, blank=True)
    group = models.CharField(
        max_length=100,
        blank=True,
        help_text="Services of one group are shown together.",
    )
    entity_type = models.CharField(
        max_length=50, blank=True, help_text="Such as table; for incident payloads."
    )
    absolute_path = models.CharField(
        max_length=500, blank=True, help_text="Such as DB.SCHEMA.orders."
    )
    labels = models.JSONField(default=dict, blank=True, help_text="Name to value.")
    uptime_target = models.DecimalField(
        max_digits=6,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[
            MinValueValidator(50, "Aim at 50 %% at least."),
            MaxValueValidator(Decimal("99.9999"), "Aim at 99.9999 %% at most."),
        ],
        help_text="Percent of the last 30 days, such as 99.9; empty is no target.",
    )
    escalation_policy = models.ForeignKey(
        "alerts.EscalationPolicy",
        on_delete=models.SET_NULL,
        related_name="services",
        null=True,
        blank=True,
        help_text="Who is told when nobody takes its incidents; empty is the default.",
    )
    #: Its error budget burns fast since then; told once until it no longer does.
    budget_burning_since = models.DateTimeField(null=True, blank=True, editable=False)
    status = models.CharField(
        max_length=12, choices=Status, default=Status.OPERATIONAL, editable=False
    )
    status_since = models.DateTimeField(default=timezone.now, editable=False)
    status_message = models.CharField(max_length=1000, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                "organization",
                Lower("name"),
                name="service_name_unique",
                violation_error_message="A service with this name exists already.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=STATUS_VALUES), name="service_status_valid"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("alerts:service-detail", args=[self.pk])


class ServiceSource(models.Model):
    """What one source says about a service; the service shows the worst of them."""

    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="sources"
    )
    source_kind = models.CharField(max_length=12)
    source_id = models.CharField(max_length=64, blank=True)
    source_label = models.CharField(max_length=200)
    key = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=12, choices=Status)
    message = models.CharField(max_length=1000, blank=True)
    #: What this source does with incidents, for when a maintenance ends.
    incident_policy = models.JSONField(default=dict)
    is_stale = models.BooleanField(
        default=False, help_text="Said because the source itself fell silent."
    )
    since = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("service", "source_kind", "source_id", "key"),
                name="servicesource_key_unique",
            ),
        )

    def __str__(self) -> str:
        return f"{self.source_label}: {self.status}"


class StatusChange(models.Model):
    """One change of a service's status."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization,
        on_delete=models.CASCADE,
        related_name="status_changes",
        db_index=False,
    )
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="changes", db_index=False
    )
    previous_status = models.CharField(max_length=12, choices=Status)
    status = models.CharField(max_length=12, choices=Status)
    message = models.CharField(max_length=1000, blank=True)
    source_kind = models.CharField(max_length=12)
    source_id = models.CharField(max_length=64, blank=True)
    source_label = models.CharField(max_length=200)
    receipt_id = models.UUIDField(null=True, help_text="The receipt that did it.")
    trace = models.UUIDField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        indexes = (
            # A service's history, newest first.
            models.Index(
                fields=("service", "-changed_at"), name="statuschange_service"
            ),
            # The overview's 24-hour bars.
            models.Index(
                fields=("organization", "-changed_at"), name="statuschange_organization"
            ),
            # The trace page.
            models.Index(fields=("trace",), name="statuschange_trace"),
        )

    def __str__(self) -> str:
        return f"{self.previous_status} → {self.status}"
