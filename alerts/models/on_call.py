"""Who is on call when: a schedule, its rotations, and exceptions to them."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization, User
from integrations_project.lib.encryption import EncryptedTextField
from integrations_project.lib.ids import uuid7
from webhooks.models import Destination

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class OnCallSchedule(models.Model):
    """Says at every moment who is on call. Overrides win; then the first rotation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="on_call_schedules"
    )
    name = models.CharField(max_length=100)
    time_zone = models.CharField(
        max_length=64, default="UTC", help_text="Of hand-overs, such as Europe/Berlin."
    )
    feed_token = EncryptedTextField(
        blank=True, default="", editable=False, help_text="Opens its calendar feed."
    )
    feed_token_hash = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "name"), name="oncallschedule_name_unique"
            ),
            models.UniqueConstraint(
                fields=("feed_token_hash",),
                condition=~Q(feed_token_hash=""),
                name="oncallschedule_feed_unique",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("alerts:on-call-detail", args=[self.pk])


class OnCallRotation(models.Model):
    """People who take turns, and when they hand over."""

    class Kind(models.TextChoices):
        """How long a turn lasts."""

        DAILY = "daily", "Daily"
        WEEKLY = "weekly", "Weekly"
        CUSTOM = "custom", "So many days"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    schedule = models.ForeignKey(
        OnCallSchedule, on_delete=models.CASCADE, related_name="rotations"
    )
    name = models.CharField(max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.WEEKLY)
    shift_days = models.PositiveSmallIntegerField(
        default=7, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    starts_on = models.DateField(help_text="The first hand-over's day.")
    ends_on = models.DateField(null=True, blank=True)
    handover_time = models.TimeField(help_text="In the schedule's zone.")
    #: Only part of each day: from and to, local; both empty is around the clock.
    active_from = models.TimeField(null=True, blank=True)
    active_to = models.TimeField(null=True, blank=True)
    weekdays = models.JSONField(
        default=list, blank=True, help_text="0 is Monday; empty is every day."
    )

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name or f"{self.get_kind_display()} rotation"

    @property
    def weekday_words(self) -> str:
        """The days it is on, such as ``Mon, Tue``; empty is every day."""
        return ", ".join(WEEKDAYS[day] for day in self.weekdays)


class OnCallMember(models.Model):
    """A person in a rotation, and where they are told."""

    rotation = models.ForeignKey(
        OnCallRotation, on_delete=models.CASCADE, related_name="members"
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="on_call_turns"
    )
    destination = models.ForeignKey(
        Destination,
        on_delete=models.SET_NULL,
        related_name="on_call_members",
        null=True,
        blank=True,
        help_text="Where this person is told; empty is an e-mail to them.",
    )
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return str(self.user)


class OnCallOverride(models.Model):
    """Somebody else is on call for a while: a holiday, a swap."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    schedule = models.ForeignKey(
        OnCallSchedule, on_delete=models.CASCADE, related_name="overrides"
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="on_call_overrides"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    created_by = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        ordering = ("starts_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="oncalloverride_ends_later",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} instead"


class OnCallPerson(models.Model):
    """What on-call keeps of a person in an organization: a mailbox, a calendar feed."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="on_call_people"
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="on_call_people"
    )
    #: Made when somebody without a destination of their own is told the first time.
    destination = models.OneToOneField(
        Destination,
        on_delete=models.SET_NULL,
        related_name="on_call_person",
        null=True,
        blank=True,
    )
    feed_token = EncryptedTextField(
        blank=True,
        default="",
        editable=False,
        help_text="Opens the feed of their own shifts.",
    )
    feed_token_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "on-call people"
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "user"), name="oncallperson_user_unique"
            ),
            models.UniqueConstraint(
                fields=("feed_token_hash",),
                condition=~Q(feed_token_hash=""),
                name="oncallperson_feed_unique",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} on call"
