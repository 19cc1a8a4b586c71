"""A certificate that senders sign with, kept so that it is fetched once."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class SigningCertificate(models.Model):
    """What Amazon SNS signs its messages with; public, the same for everybody."""

    url = models.CharField(max_length=500, unique=True)
    pem = models.TextField()
    fetched_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.url
