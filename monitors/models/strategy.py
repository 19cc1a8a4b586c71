"""A strategy: how a page is read, and what counts as a change."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from integrations_project.lib.ids import uuid7
from monitors.datatypes import Stable


class Strategy(models.Model):
    """Says how pages of one kind become items; any number of schedules use it."""

    class ScraperType(models.TextChoices):
        """How the page is read."""

        CONTENT = "content", "Text, section by section"
        CSS = "css", "Items, by CSS selectors"
        JSON = "json", "Items of a JSON document, by path"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="strategies"
    )
    name = models.CharField(max_length=200)
    description = models.TextField(max_length=2000, blank=True)
    url = models.CharField(
        "URL", max_length=2048, help_text="The page that the preview was made from."
    )
    scraper_type = models.CharField(
        max_length=10, choices=ScraperType, default=ScraperType.CONTENT
    )
    output_schema = models.JSONField(
        default=dict,
        blank=True,
        help_text='Selectors or paths: {"items": ".product", "fields": {…}}.',
    )
    parameters = models.JSONField(
        default=dict,
        blank=True,
        help_text="Query parameters that a run may override, name to value.",
    )
    filter_config = models.JSONField(
        default=dict,
        blank=True,
        help_text="Only items that match are kept.",
    )
    ignored_patterns = models.JSONField(
        default=list,
        blank=True,
        help_text="Patterns that are no change, such as dates and counters (RE2).",
    )
    ignored_fields = models.JSONField(
        default=list, blank=True, help_text="Fields that are not compared."
    )
    key_field = models.CharField(
        max_length=100,
        blank=True,
        help_text="The field that tells items apart, such as link.",
    )
    is_ordered = models.BooleanField(
        default=False, help_text="Another order of the items is a change."
    )
    #: Runs that began before are not compared with: the page was read otherwise.
    read_anew_at = models.DateTimeField(default=timezone.now, editable=False)
    preview_data = models.JSONField(default=list, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        verbose_name_plural = "strategies"
        ordering = ("name", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(scraper_type__in=("content", "css", "json")),
                name="strategy_scraper_type_valid",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("monitors:strategy-detail", args=[self.pk])

    @property
    def stable(self) -> Stable:
        """What counts as a change, as plain values."""
        return Stable(
            ignored_patterns=tuple(self.ignored_patterns),
            ignored_fields=tuple(self.ignored_fields),
            is_ordered=self.is_ordered,
            key_field=self.key_field,
        )
