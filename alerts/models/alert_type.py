"""A type of alert that an organization adds to the catalogue."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from alerts.catalogue import AlertField, find_data_errors, find_entry, find_field_errors
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

    def get_absolute_url(self) -> str:
        return reverse("alerts:catalogue-entry", args=[self.name])

    def clean(self) -> None:
        """Refuse a name of the catalogue, and fields or an example that misfit."""
        super().clean()
        errors: dict[str, list[str]] = {}
        if documented := find_entry(self.name):
            errors["name"] = [
                f"{self.name} is in the catalogue already, as “{documented.title}”; "
                "choose another name."
            ]
        if wrong := find_field_errors(self.fields):
            errors["fields"] = wrong
        if wrong := self._find_example_errors(has_fields="fields" not in errors):
            errors["example"] = wrong
        if errors:
            raise ValidationError(errors)

    def _find_example_errors(self, *, has_fields: bool) -> list[str]:
        if not isinstance(self.example, dict):
            return ["Write an object with what such an alert is about."]
        if not self.example or not has_fields:
            return []
        fields = [
            AlertField(path, each["type"], "", each.get("required", False))
            for path, each in self.fields.items()
        ]
        found = find_data_errors(fields, self.example)
        return [f"{path}: {sentence}" for path, (sentence, *_) in found.items()]

    @property
    def event_type(self) -> str:
        """The type of its events: ALERT_DOOR_OPEN is alert.door_open."""
        return alert_event_type(self.name)
