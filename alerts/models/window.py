"""A time during which rules hold their tongue, or services are worked on."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Network, Organization
from alerts.models.service import Service
from alerts.windows import find_errors, find_first_weekday
from integrations_project.lib.ids import uuid7


class Window(models.Model):
    """A silence or a maintenance window, once or again and again.

    ``starts_at`` and ``ends_at`` are the first occurrence; a recurring one has the
    same local time of day in its zone each time.
    """

    class Kind(models.TextChoices):
        """What it does."""

        SILENCE = "silence", "Silence"  # rules hold their tongue
        MAINTENANCE = "maintenance", "Maintenance"  # and services show maintenance

    class Recurrence(models.TextChoices):
        """How often it comes."""

        ONCE = "once", "Once"
        DAILY = "daily", "Daily"
        WEEKLY = "weekly", "Weekly"
        MONTHLY = "monthly", "Monthly"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="windows"
    )
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.MAINTENANCE)
    title = models.CharField(max_length=200, help_text="As people will read it.")
    description = models.TextField(max_length=5000, blank=True)
    company_wide = models.BooleanField(
        default=False, help_text="Every service and every network."
    )
    networks = models.ManyToManyField(Network, related_name="windows", blank=True)
    services = models.ManyToManyField(Service, related_name="windows", blank=True)
    labels = models.JSONField(
        default=dict, blank=True, help_text="Services with these labels, all of them."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64, default="UTC")
    recurrence = models.CharField(
        max_length=10, choices=Recurrence, default=Recurrence.ONCE
    )
    weekdays = models.JSONField(
        default=list, blank=True, help_text="For weekly: 0 is Monday, 6 is Sunday."
    )
    recurs_until = models.DateField(null=True, blank=True)
    is_public = models.BooleanField(
        default=True, help_text="Maintenance is shown on status pages."
    )
    #: The end of the occurrence that is on; null when none is. Long ago: it is being
    #: ended, and what it silenced is told.
    active_until = models.DateTimeField(null=True, blank=True, editable=False)
    #: The occurrence that was ended early, by its start.
    ended_start = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        ordering = ("-starts_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="window_ends_later"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("silence", "maintenance")),
                name="window_kind_valid",
            ),
            models.CheckConstraint(
                condition=Q(recurrence__in=("once", "daily", "weekly", "monthly")),
                name="window_recurrence_valid",
            ),
        )
        indexes = (
            # Which windows are on: asked whenever rules are.
            models.Index(
                fields=("organization",),
                name="window_active",
                condition=Q(active_until__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("alerts:window-detail", args=[self.pk])

    def clean(self) -> None:
        """Refuse times that cannot be, all fields together.

        What does not belong to how often it comes is left out: weekdays of a daily
        one, the last day of one that comes once.
        """
        super().clean()
        self._tidy()
        if not isinstance(self.labels, dict):
            raise ValidationError({"labels": ["Labels are an object: name to value."]})
        if errors := find_errors(self):
            raise ValidationError(errors)

    def _tidy(self) -> None:
        if self.recurrence == self.Recurrence.ONCE:
            self.recurs_until = None
        if self.recurrence != self.Recurrence.WEEKLY:
            self.weekdays = []
        elif self.weekdays == [] and self.starts_at is not None:
            self.weekdays = [find_first_weekday(self.starts_at, self.time_zone)]

    def find_network_ids(
        self,
        networks: Iterable[Network] | None = None,
        services: Iterable[Service] | None = None,
    ) -> set[UUID]:
        """Return the networks that it reaches; empty is every network.

        Args:
            networks: In place of those that are stored.
            services: In place of those that are stored.
        """
        if self.company_wide or self.labels:
            return set()
        if networks is None:
            networks = self.networks.all()
        if services is None:
            services = self.services.all()
        reached = {each.network_id for each in services}
        found = {each for each in reached if each is not None}
        return set() if None in reached else found | {each.pk for each in networks}

    @property
    def is_maintenance(self) -> bool:
        """Whether services show maintenance; a silence changes nothing to be seen."""
        return self.kind == self.Kind.MAINTENANCE


class Silenced(models.Model):
    """Something bad that rules were not told of because of a window.

    It is told when the window is over and it is bad still; what is over before is
    told to those alone who know that it was bad.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="silenced"
    )
    window = models.ForeignKey(
        Window,
        on_delete=models.SET_NULL,
        related_name="silenced",
        null=True,
        help_text="The window that kept rules from telling.",
    )
    subject_kind = models.CharField(max_length=20)  # "service", "incident"
    subject_id = models.UUIDField()
    since = models.DateTimeField(help_text="When rules would have been told.")
    was_told = models.BooleanField(
        default=False, help_text="Rules had told before that something is bad."
    )
    #: The rules that have not told it, by their ids; null is every rule.
    rule_ids = models.JSONField(null=True)

    class Meta:
        verbose_name_plural = "silenced"
        constraints = (
            models.UniqueConstraint(
                fields=("subject_kind", "subject_id"), name="silenced_subject_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id}"
