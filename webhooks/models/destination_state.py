"""What the engine notes about a destination: how it does, and whether it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from datetime import datetime

#: A destination of which nothing bad is known, as it is when it is enabled.
FRESH_STATE: dict[str, Any] = {
    "consecutive_failures": 0,
    "last_error": "",
    "failing_since": None,
    "failing_confirmed_at": None,
    "is_reported_failing": False,
    "breaker_opened_at": None,
    "probe_at": None,
    "probe_count": 0,
}


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
    rate_per_minute: int | None  #: a setting, of the class that has this one's columns
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

    @classmethod
    def list_state_fields(cls) -> list[str]:
        """Return the names of these columns."""
        return [field.name for field in DestinationState._meta.local_fields]

    @property
    def turn_at(self) -> datetime | None:
        """When the next request may start; None when nothing holds one back."""
        is_open = self.breaker_opened_at is not None
        probe_at = self.probe_at if is_open else None
        slot_at = self.next_slot_at if self.rate_per_minute is not None else None
        return max((at for at in (probe_at, slot_at) if at is not None), default=None)

    def forget_failures(self) -> None:
        """Start anew, as after the address was changed; not stored yet."""
        for name, value in FRESH_STATE.items():
            setattr(self, name, value)
