"""A rule: which events are sent to which destinations, when, and how often."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Network, Organization
from alerts.conditions import find_rule_errors
from alerts.models.incident import Incident
from alerts.models.service import Service
from integrations_project.lib.ids import uuid7
from webhooks.datatypes import list_types
from webhooks.models import Destination

DAY_SECONDS = 86_400


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
    labels = models.JSONField(
        default=dict,
        blank=True,
        help_text="Labels that the service or the incident must have, name to value.",
    )
    minimum_severity = models.CharField(
        max_length=10,
        choices=Incident.Severity,
        blank=True,
        help_text="Of incidents; empty takes every severity.",
    )
    conditions = models.JSONField(
        default=list,
        blank=True,
        help_text='All must hold: {"field", "op", "value"} over the event\'s data.',
    )
    allowed_names = models.JSONField(
        default=list,
        blank=True,
        help_text='Only these: {"match": exact|prefix|suffix|regex, "value"}.',
    )
    ignored_names = models.JSONField(
        default=list, blank=True, help_text="Never these; written like allowed names."
    )
    options = models.JSONField(
        default=dict,
        blank=True,
        help_text="What one alert type asks for, such as device_types or threshold.",
    )
    active_hours = models.JSONField(
        default=dict,
        blank=True,
        help_text="When it speaks: time_zone and windows; empty is always.",
    )
    delay_seconds = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(DAY_SECONDS, "Wait a day at most.")],
        help_text="How long a bad state must last; recovered before, nobody is told.",
    )
    repeat_seconds = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[
            MinValueValidator(60, "Repeat once a minute at most."),
            MaxValueValidator(7 * DAY_SECONDS, "Repeat once a week at least."),
        ],
        help_text="Tell again this often while it is open; empty tells once.",
    )
    targets = models.ManyToManyField(
        Destination,
        related_name="rules",
        help_text="The webhooks that are told at their own URL.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        ordering = ("label", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(minimum_severity__in=("", "minor", "major", "critical")),
                name="rule_minimum_severity_valid",
            ),
        )

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("alerts:rule-detail", args=[self.pk])

    def clean(self) -> None:
        """Refuse what no event can be judged by, all fields together."""
        super().clean()
        errors = find_rule_errors(self)
        if sentence := self._find_type_error():
            errors["event_types"] = [sentence]
        if errors:
            raise ValidationError(errors)

    def _find_type_error(self) -> str:
        types = self.event_types if isinstance(self.event_types, list) else []
        wrong = [t for t in types if not list_types(str(t))]
        if not types:
            return "Choose at least one event type, such as incident.opened or *."
        if wrong:
            return (
                f"{wrong[0]!r} is no event type. Write one such as incident.opened, "
                "a group such as alert.*, or * for all."
            )
        return ""


class RuleTarget(models.Model):
    """A target at a URL of its own, which shares a webhook's other settings."""

    rule = models.ForeignKey(
        Rule, on_delete=models.CASCADE, related_name="further_targets"
    )
    destination = models.ForeignKey(
        Destination,
        on_delete=models.CASCADE,
        related_name="rule_targets",
        help_text="The webhook whose settings it shares.",
    )
    url = models.CharField("URL", max_length=2048)
    #: The destination that the product keeps for it.
    sender = models.ForeignKey(
        Destination,
        on_delete=models.CASCADE,
        related_name="sending_for",
        editable=False,
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("rule", "destination", "url"), name="ruletarget_unique"
            ),
        )

    def __str__(self) -> str:
        return self.url


class RuleState(models.Model):
    """Something bad that a rule waits for, or goes on telling, until it is over.

    Only rules with a delay or a repetition have them: one for each thing that is bad.
    """

    rule = models.ForeignKey(
        Rule,
        on_delete=models.CASCADE,
        related_name="states",
        # A rule that is deleted at this moment must not undo the change of a service
        # that it watched; what it leaves behind is removed when the thing is over.
        db_constraint=False,
    )
    subject_kind = models.CharField(max_length=20)  # "service", "incident"
    subject_id = models.UUIDField()
    since = models.DateTimeField(help_text="When it became bad.")
    told_at = models.DateTimeField(
        null=True, help_text="When the rule's targets are told; later than now: held."
    )
    event_id = models.UUIDField(null=True, help_text="The event that tells them.")
    next_repeat_at = models.DateTimeField(null=True)
    repeat_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("rule", "subject_kind", "subject_id"), name="rulestate_unique"
            ),
        )
        indexes = (
            # What the task that repeats looks for.
            models.Index(
                fields=("next_repeat_at",),
                name="rulestate_repeat",
                condition=Q(next_repeat_at__isnull=False),
            ),
            # What is over, when a service recovers or an incident is resolved.
            models.Index(
                fields=("subject_kind", "subject_id"), name="rulestate_subject"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.subject_kind} {self.subject_id}"
