"""What the public sees: a page, what is on it, and who follows it."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from alerts.models.incident import Incident
from alerts.models.service import Service
from alerts.models.window import Window
from integrations_project.lib.encryption import EncryptedTextField
from integrations_project.lib.ids import uuid7
from webhooks.models import Destination

COLOUR = RegexValidator(
    r"^#[0-9a-fA-F]{6}$", "Write a colour as # and six digits, such as #2563eb."
)


class StatusPage(models.Model):
    """A page that says how services do; public, or for those who may see it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="status_pages"
    )
    slug = models.SlugField(
        max_length=60,
        unique=True,
        help_text="Its address: /status/<slug>/; unique on this installation.",
        error_messages={
            "unique": "Another status page has this address; choose another one.",
            "invalid": "Use letters, digits, hyphens and underscores only.",
        },
    )
    title = models.CharField(max_length=100)
    description = models.TextField(
        max_length=2000, blank=True, help_text="Below the title."
    )
    footer = models.TextField(max_length=2000, blank=True)
    support_url = models.URLField("support link", max_length=500, blank=True)
    website_url = models.URLField("website", max_length=500, blank=True)
    logo = models.BinaryField(blank=True, default=b"", editable=False)
    logo_type = models.CharField(max_length=20, blank=True, editable=False)
    accent_colour = models.CharField(max_length=7, blank=True, validators=[COLOUR])
    time_zone = models.CharField(max_length=64, default="UTC")
    public = models.BooleanField(
        default=True, help_text="Off: visitors need the password or a network."
    )
    password = models.CharField(
        max_length=128, blank=True, editable=False, help_text="Hashed."
    )
    allowed_networks = models.JSONField(
        default=list, blank=True, help_text="Such as 10.0.0.0/8; they need no password."
    )
    allows_subscribers = models.BooleanField(
        default=True, help_text="Visitors may follow it by e-mail or webhook."
    )
    posts_automatically = models.BooleanField(
        default=True, help_text="Incidents post by themselves."
    )
    services = models.ManyToManyField(
        Service, through="StatusPageComponent", related_name="status_pages", blank=True
    )
    #: Counts what changed; a stored snapshot of another revision is out of date.
    revision = models.BigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        ordering = ("title", "id")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("alerts:status-page-detail", args=[self.pk])

    def get_public_url(self) -> str:
        """Return the path that visitors open."""
        return reverse("alerts:status-page", args=[self.slug])


class StatusPageComponent(models.Model):
    """A service on a page, under the name that the public knows."""

    page = models.ForeignKey(
        StatusPage, on_delete=models.CASCADE, related_name="components"
    )
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="components"
    )
    name = models.CharField(
        max_length=200, blank=True, help_text="Empty takes the service's name."
    )
    description = models.CharField(max_length=500, blank=True)
    group = models.CharField(
        max_length=100, blank=True, help_text="Empty takes the service's group."
    )
    position = models.PositiveSmallIntegerField(default=0)
    shows_uptime = models.BooleanField(default=True)

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("page", "service"), name="statuspagecomponent_unique"
            ),
        )

    def __str__(self) -> str:
        return self.name or str(self.service)


class StatusPost(models.Model):
    """Words on a status page, by a person or from an incident."""

    class State(models.TextChoices):
        """How far it has come."""

        INVESTIGATING = "investigating", "Investigating"
        IDENTIFIED = "identified", "Identified"
        MONITORING = "monitoring", "Monitoring"
        RESOLVED = "resolved", "Resolved"
        SCHEDULED = "scheduled", "Scheduled"
        IN_PROGRESS = "in_progress", "In progress"
        COMPLETED = "completed", "Completed"
        NOTICE = "notice", "Notice"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    page = models.ForeignKey(StatusPage, on_delete=models.CASCADE, related_name="posts")
    incident = models.ForeignKey(
        Incident,
        on_delete=models.CASCADE,
        related_name="status_posts",
        null=True,
        blank=True,
    )
    window = models.ForeignKey(
        Window,
        on_delete=models.CASCADE,
        related_name="status_posts",
        null=True,
        blank=True,
    )
    title = models.CharField(max_length=200)
    components = models.ManyToManyField(
        StatusPageComponent,
        related_name="posts",
        blank=True,
        help_text="What it is about; none chosen means the whole page.",
    )
    state = models.CharField(max_length=15, choices=State, default=State.INVESTIGATING)
    message = models.TextField(max_length=5000, blank=True)
    is_automatic = models.BooleanField(default=False)
    actor_label = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("page", "-id"), name="statuspost_page"),)

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.title}"


class PostTemplate(models.Model):
    """Words prepared in calm times."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="post_templates"
    )
    label = models.CharField(max_length=100)
    title = models.CharField(max_length=200, blank=True)
    state = models.CharField(
        max_length=15,
        choices=StatusPost.State,
        default=StatusPost.State.INVESTIGATING,
    )
    message = models.TextField(max_length=5000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("label", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "label"), name="posttemplate_label_unique"
            ),
        )

    def __str__(self) -> str:
        return self.label


class Subscriber(models.Model):
    """Somebody who follows a status page; told once the address is confirmed."""

    class Kind(models.TextChoices):
        """How they are told."""

        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    page = models.ForeignKey(
        StatusPage, on_delete=models.CASCADE, related_name="subscribers"
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.EMAIL)
    address = models.CharField(max_length=2048, help_text="An e-mail address or a URL.")
    components = models.ManyToManyField(
        StatusPageComponent,
        related_name="subscribers",
        blank=True,
        help_text="None chosen means all.",
    )
    #: Signed into links; a new one makes the old links worthless.
    key = EncryptedTextField(editable=False)
    key_hash = models.CharField(max_length=64, editable=False)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: The destination that the product keeps for it, once confirmed.
    destination = models.ForeignKey(
        Destination,
        on_delete=models.SET_NULL,
        related_name="status_subscribers",
        null=True,
        blank=True,
        editable=False,
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                "page", "kind", Lower("address"), name="subscriber_address_unique"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("email", "webhook")), name="subscriber_kind_valid"
            ),
        )

    def __str__(self) -> str:
        return self.address


class StatusSnapshot(models.Model):
    """A page as visitors get it, rendered once for each revision."""

    page = models.OneToOneField(
        StatusPage,
        on_delete=models.CASCADE,
        related_name="snapshot",
        primary_key=True,
    )
    revision = models.BigIntegerField()
    built_at = models.DateTimeField()
    #: {"status", "page", …}: what JSON, feeds and badge are made of.
    data = models.JSONField()
    html = models.TextField()

    def __str__(self) -> str:
        return f"{self.page_id} at revision {self.revision}"
