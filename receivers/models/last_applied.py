"""How new the news is that a receiver has brought of a service."""

from __future__ import annotations

from django.db import models

from alerts.models import Service
from receivers.models.receiver import Receiver


class LastApplied(models.Model):
    """The sender's time of the last status that counted, for a service and a key.

    What comes with an older time is stale: a retried "down" must not undo a later
    "operational". Only senders that tell a time have one.
    """

    receiver = models.ForeignKey(
        Receiver, on_delete=models.CASCADE, related_name="last_applied", db_index=False
    )
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="last_applied"
    )
    key = models.CharField(max_length=255, blank=True)
    occurred_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("receiver", "service", "key"), name="lastapplied_key_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.receiver_id} {self.service_id} {self.key}"
