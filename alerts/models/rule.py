"""A rule: which events are sent to which destinations."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Network, Organization
from alerts.models.service import Service
from integrations_project.lib.ids import uuid7
from webhooks.datatypes import list_types
from webhooks.models import Destination


class Rule(models.Model):
    """Sends matching events to its targets, beside their own subscriptions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="rules"
    )
    label = models.CharField(max_length=100)
    description = models.TextField(max_length=2000, blank=True)
    enabled = models.BooleanField(default=True)
    event_types = models.JSONField(
        default=list, help_text="Such as incident.opened, alert.* or *."
    )
    company_wide = models.BooleanField(
        default=True, help_text="Every network, except the excluded ones."
    )
    networks = models.ManyToManyField(
        Network,
        related_name="rules",
        blank=True,
        help_text="The networks it watches when it is not company wide.",
    )
    excluded_networks = models.ManyToManyField(
        Network,
        related_name="excluding_rules",
        blank=True,
        help_text="Left out when it is company wide.",
    )
    services = models.ManyToManyField(
        Service,
        related_name="rules",
        blank=True,
        help_text="Only these services; none chosen means every service.",
    )
    targets = models.ManyToManyField(
        Destination, related_name="rules", help_text="The webhooks that are told."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        ordering = ("label", "id")

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("alerts:rule-detail", args=[self.pk])

    def clean(self) -> None:
        """Refuse event types that do not exist."""
        super().clean()
        types = self.event_types if isinstance(self.event_types, list) else []
        wrong = [t for t in types if not list_types(str(t))]
        if not types:
            message = "Choose at least one event type, such as incident.opened or *."
            raise ValidationError({"event_types": message})
        if wrong:
            message = (
                f"{wrong[0]!r} is no event type. Write one such as incident.opened, "
                "a group such as alert.*, or * for all."
            )
            raise ValidationError({"event_types": message})
