"""Who may do what, where: people, organizations, networks, keys and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from integrations_project.lib.ids import uuid7

if TYPE_CHECKING:
    from datetime import datetime


class UserManager(BaseUserManager["User"]):
    """Makes people; e-mail addresses are compared without regard to case."""

    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        """Create a person who signs in with an e-mail address."""
        if not email:
            message = "A user needs an e-mail address."
            raise ValueError(message)
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        """Create an operator of the whole installation."""
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, **fields
        )

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the person with this e-mail address in any spelling of case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person; signs in with an e-mail address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField("e-mail address", unique=True, max_length=254)
    name = models.CharField(max_length=150, blank=True, help_text="As others see it.")
    is_active = models.BooleanField(
        "active", default=True, help_text="Off: this person cannot sign in."
    )
    is_staff = models.BooleanField(
        "operator", default=False, help_text="May open the admin of the installation."
    )
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ("email",)

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        """Store the address in lower case, as sign-in looks for it."""
        super().clean()
        self.email = self.email.strip().lower()


class Organization(models.Model):
    """A tenant: everything else belongs to exactly one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    slug = models.SlugField(
        max_length=50, unique=True, help_text="Short name for commands and URLs."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Network(models.Model):
    """A part of an organization, such as a site or a region."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="networks"
    )
    label = models.CharField(max_length=100, help_text='For example "Main Office".')
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("label",)
        constraints = (
            models.UniqueConstraint(
                "organization",
                Lower("label"),
                name="network_label_unique",
                violation_error_message="A network with this label exists already.",
            ),
        )

    def __str__(self) -> str:
        return self.label


class Membership(models.Model):
    """What one person may do in one organization."""

    class Role(models.TextChoices):
        """Roles, from the most to the least that one may do."""

        ADMIN = "admin", "Admin"  # everything
        NETWORK_ADMIN = "network_admin", "Network Admin"  # edits in their networks
        RESPONDER = "responder", "Responder"  # acknowledges and resolves
        VIEWER = "viewer", "Viewer"  # reads

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.VIEWER)
    networks = models.ManyToManyField(
        Network,
        related_name="memberships",
        blank=True,
        help_text="The networks that a Network Admin looks after.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("user__email",)
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "user"), name="membership_user_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    role__in=("admin", "network_admin", "responder", "viewer")
                ),
                name="membership_role_valid",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}"


class ApiKey(models.Model):
    """A key for programs. Only its SHA-256 is stored; the key is shown once."""

    class Scope(models.TextChoices):
        """What a key may do; each includes the ones before it."""

        READ = "read", "Read"
        WRITE = "write", "Write"  # configuration and incidents, in every network
        ADMIN = "admin", "Admin"  # networks, members and keys too

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(max_length=100, help_text="What uses it.")
    prefix = models.CharField(max_length=16, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.READ)
    created_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        related_name="created_api_keys",
        null=True,
        blank=True,
        editable=False,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: the key does not expire."
    )
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "API key"
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(scope__in=("read", "write", "admin")),
                name="apikey_scope_valid",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_usable(self, *, now: datetime) -> bool:
        """Whether the key opens anything at this moment."""
        return self.revoked_at is None and (
            self.expires_at is None or self.expires_at > now
        )


class AuditEntry(models.Model):
    """One configuration change, sign-in or other act, as it happened."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization,
        on_delete=models.CASCADE,
        related_name="audit_entries",
        null=True,
        help_text="Empty for acts that belong to no organization, such as sign-in.",
    )
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, related_name="audit_entries", null=True
    )
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.SET_NULL, related_name="audit_entries", null=True
    )
    actor_label = models.CharField(max_length=200)
    action = models.CharField(max_length=50, help_text="Such as webhook.updated.")
    object_type = models.CharField(max_length=50, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_label = models.CharField(max_length=200, blank=True)
    changes = models.JSONField(
        default=dict, blank=True, help_text="Field to [before, after]; no secrets."
    )
    ip_address = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ("-id",)
        indexes = (
            # The audit page: one organization, newest first.
            models.Index(
                fields=("organization", "-id"), name="auditentry_organization"
            ),
        )

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.action} {self.object_label}".strip()


class IdempotentRequest(models.Model):
    """The stored answer to a POST that carried an ``Idempotency-Key``."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.CASCADE, related_name="idempotent_requests"
    )
    key = models.CharField(max_length=255)
    request_hash = models.CharField(
        max_length=64, help_text="SHA-256 of method, path and body."
    )
    status_code = models.PositiveSmallIntegerField(
        null=True, help_text="Empty while the first request is still running."
    )
    response = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("api_key", "key"), name="idempotentrequest_key_unique"
            ),
        )

    def __str__(self) -> str:
        return self.key


class RequestCount(models.Model):
    """How often somebody who is not signed in asked for something lately."""

    key = models.CharField(
        max_length=64, primary_key=True, help_text="What and who, as a keyed hash."
    )
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} until {self.expires_at:%H:%M:%S}"
