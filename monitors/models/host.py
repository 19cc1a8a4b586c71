"""How each host wants to be treated: what it forbids, and when it may be asked."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Host(models.Model):
    """One scheme, host and port, for all organizations: they share our manners."""

    origin = models.CharField(max_length=300, primary_key=True)
    #: Not before this: two fetches keep a distance, and Retry-After is honoured.
    next_at = models.DateTimeField(default=timezone.now)
    robots_text = models.TextField(blank=True)
    robots_status = models.PositiveSmallIntegerField(
        null=True, help_text="What /robots.txt was answered with."
    )
    robots_read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.origin
