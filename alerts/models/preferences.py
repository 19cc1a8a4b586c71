"""What an organization decides once for all its services and incidents."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import Organization


class Preferences(models.Model):
    """How uptime is counted and which failures belong together.

    An organization without a row has the defaults.
    """

    class Relation(models.TextChoices):
        """What makes failures of two services related."""

        NONE = "none", "Nothing: each failure is an incident of its own"
        GROUP = "group", "The same group"
        NETWORK = "network", "The same network"
        LABEL = "label", "The same value of a label"

    class Maintenance(models.TextChoices):
        """How time under maintenance counts."""

        EXCLUDED = "excluded", "It does not count"
        UP = "up", "It counts as up"

    organization = models.OneToOneField(
        Organization,
        on_delete=models.CASCADE,
        related_name="preferences",
        primary_key=True,
    )
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        help_text="Where its days begin, such as Europe/Berlin.",
    )
    degraded_weight = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        default=1,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="How much of degraded time counts as up, 0 to 1.",
    )
    down_weight = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="How much of down time counts as up, 0 to 1; usually 0.",
    )
    maintenance = models.CharField(
        max_length=10, choices=Maintenance, default=Maintenance.EXCLUDED
    )
    related_by = models.CharField(
        max_length=10,
        choices=Relation,
        default=Relation.GROUP,
        help_text="Failures of related services join the incident that is open.",
    )
    related_label = models.CharField(
        max_length=100, blank=True, help_text="Which label, such as cluster."
    )
    join_minutes = models.PositiveSmallIntegerField(
        default=5,
        validators=[MaxValueValidator(1440, "A day at most.")],
        help_text="How long after an incident opened related failures join it.",
    )

    class Meta:
        verbose_name_plural = "preferences"
        constraints = (
            models.CheckConstraint(
                condition=Q(related_by__in=("none", "group", "network", "label")),
                name="preferences_related_by_valid",
            ),
            models.CheckConstraint(
                condition=Q(maintenance__in=("excluded", "up")),
                name="preferences_maintenance_valid",
            ),
        )

    def __str__(self) -> str:
        return f"Preferences of {self.organization}"
