"""Who is told next when nobody takes an incident."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from alerts.models.incident import Incident
from alerts.models.on_call import OnCallSchedule
from integrations_project.lib.ids import uuid7
from webhooks.models import Destination


class EscalationPolicy(models.Model):
    """Steps that are taken one after the other until somebody acknowledges."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="escalation_policies"
    )
    label = models.CharField(max_length=100)
    description = models.TextField(max_length=2000, blank=True)
    is_default = models.BooleanField(
        default=False, help_text="For services that name no policy of their own."
    )
    minimum_severity = models.CharField(
        max_length=10, choices=Incident.Severity, blank=True
    )
    repeat_count = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(10, "Ten times at most.")],
        help_text="How often the steps are gone through again.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        verbose_name_plural = "escalation policies"
        ordering = ("label", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("organization",),
                condition=Q(is_default=True),
                name="escalationpolicy_default_unique",
            ),
        )

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("alerts:escalation-detail", args=[self.pk])


class EscalationStep(models.Model):
    """Whom a policy tells, and how long it waits before the next step."""

    policy = models.ForeignKey(
        EscalationPolicy, on_delete=models.CASCADE, related_name="steps"
    )
    position = models.PositiveSmallIntegerField()
    destination = models.ForeignKey(
        Destination,
        on_delete=models.CASCADE,
        related_name="escalation_steps",
        null=True,
        blank=True,
    )
    schedule = models.ForeignKey(
        OnCallSchedule,
        on_delete=models.CASCADE,
        related_name="escalation_steps",
        null=True,
        blank=True,
    )
    wait_minutes = models.PositiveSmallIntegerField(
        default=5,
        validators=[MaxValueValidator(1440, "Wait a day at most.")],
        help_text="Minutes until the next step.",
    )

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(destination__isnull=False, schedule__isnull=True)
                | Q(destination__isnull=True, schedule__isnull=False),
                name="escalationstep_one_target",
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}: {self.destination or self.schedule}"


class Escalation(models.Model):
    """An incident on its way through the steps as they were when it opened."""

    incident = models.OneToOneField(
        Incident,
        on_delete=models.CASCADE,
        related_name="escalation",
        primary_key=True,
    )
    policy_label = models.CharField(max_length=100)
    #: [{"destination" or "schedule": id, "label", "wait_minutes"}], in order.
    steps = models.JSONField(default=list)
    rounds_left = models.PositiveSmallIntegerField(default=0)
    next_position = models.PositiveSmallIntegerField(default=0)
    #: When the next step is taken; empty when it is over.
    next_at = models.DateTimeField(null=True)
    stopped_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = (
            # What the task that escalates looks for.
            models.Index(
                fields=("next_at",),
                name="escalation_due",
                condition=Q(next_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.policy_label} for {self.incident_id}"
