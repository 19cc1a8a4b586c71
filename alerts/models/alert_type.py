"""A type of alert that an organization adds to the catalogue."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from accounts.models import Organization
from integrations_project.lib.ids import uuid7
from webhooks.datatypes import alert_event_type


class AlertType(models.Model):
    """Describes alerts of one name: when they come and what they carry."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="alert_types"
    )
    name = models.CharField(
        max_length=94,
        validators=[
            RegexValidator(
                r"^ALERT_[A-Z0-9_]+$",
                "Write ALERT_ and capital letters, digits and underscores, "
                "such as ALERT_DOOR_OPEN.",
            )
        ],
        help_text="As POST /api/v1/alerts names it, such as ALERT_DOOR_OPEN.",
    )
    title = models.CharField(max_length=100, help_text='Such as "Door open".')
    category = models.CharField(max_length=100, blank=True)
    when = models.CharField(
        max_length=500, blank=True, help_text="When it is raised, as a sentence."
    )
    fields = models.JSONField(
        default=dict,
        blank=True,
        help_text='Path to {"type", "description", "required"}; others are kept too.',
    )
    example = models.JSONField(
        default=dict, blank=True, help_text="Its data, as Verify and previews show it."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "name"),
                name="alerttype_name_unique",
                violation_error_message="This alert type exists already.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def event_type(self) -> str:
        """The type of its events: ALERT_DOOR_OPEN is alert.door_open."""
        return alert_event_type(self.name)
