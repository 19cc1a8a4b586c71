"""What the engine notes about a destination: how it does, and whether it waits."""

from __future__ import annotations

from django.db import models


class DestinationState(models.Model):
    """Columns that only the engine writes; none of them is a setting.

    They change without `updated_at`, which tells a pump to read the settings again.
    """

    last_success_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_failure_at = models.DateTimeField(null=True, blank=True, editable=False)
    consecutive_failures = models.PositiveIntegerField(default=0, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)
    failing_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The first failure after the last success.",
    )
    failing_confirmed_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="A failure at least 12 hours after that one.",
    )
    is_reported_failing = models.BooleanField(
        default=False,
        editable=False,
        help_text="destination.failing was published; recovered was not yet.",
    )
    is_gated = models.BooleanField(
        default=False,
        editable=False,
        help_text="It has a rate limit or an open breaker: claimed by the gate alone.",
    )
    next_slot_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Rate limit: when the next request may start.",
    )
    breaker_opened_at = models.DateTimeField(null=True, blank=True, editable=False)
    probe_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Open breaker: when the next single request may start.",
    )
    probe_count = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Probes that failed since it opened."
    )

    class Meta:
        abstract = True
