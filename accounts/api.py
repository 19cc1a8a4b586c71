"""REST resources of accounts: organization, networks, API keys, audit log."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions
from accounts.models import ApiKey, AuditEntry, Network, Organization
from integrations_project.lib.api.fields import Text, Time
from integrations_project.lib.api.filters import by_text, by_time
from integrations_project.lib.api.resources import Configurable, Readable
from integrations_project.lib.api.serializers import Errors, RowSerializer


class OrganizationSerializer(serializers.ModelSerializer[Organization]):
    """The organization that the key belongs to."""

    created_at = Time(read_only=True)

    class Meta:
        model = Organization
        fields = ("id", "name", "slug", "created_at")
        read_only_fields = fields


class OrganizationResource(Readable):
    """Organizations: the one that the key belongs to."""

    model = Organization
    serializer_class = OrganizationSerializer

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return Organization.objects.none()
        return Organization.objects.filter(pk=self.access.organization.pk)

    def get_object(self) -> Organization:
        own: Organization = self.access.organization
        if self.kwargs["pk"].lower() not in (str(own.pk), own.slug):
            raise Http404
        return own


class NetworkSerializer(RowSerializer):
    """A part of the organization, such as a site."""

    constraint_field = "label"

    class Meta:
        model = Network
        fields = ("id", "label", "created_at")
        read_only_fields = ("id", "created_at")


class NetworkResource(Configurable):
    """Networks: parts of the organization. Changing them needs the scope admin."""

    model = Network
    serializer_class = NetworkSerializer
    filters = {"label": by_text("label__iexact")}
    admin_scope_actions = frozenset({"create", "update", "partial_update", "destroy"})

    def make(self, serializer: NetworkSerializer) -> tuple[Network, dict[str, Any]]:
        return self.save(serializer), {}

    def save(self, serializer: NetworkSerializer) -> Network:
        return actions.save_network(serializer.row, actor=self.access.actor)

    def remove(self, row: Network) -> None:
        actions.delete_network(row, actor=self.access.actor)


class ApiKeySerializer(RowSerializer):
    """An API key; its text is shown in the answer that makes it, and never again."""

    name = Text(max_length=100)
    created_by = serializers.SerializerMethodField()

    class Meta:
        model = ApiKey
        fields = (
            "id",
            "name",
            "prefix",
            "scope",
            "created_by",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
        )
        read_only_fields = (
            "id",
            "prefix",
            "created_at",
            "revoked_at",
            "last_used_at",
        )

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        super().judge(values, errors, data)
        expires_at = values.get("expires_at")
        if expires_at is not None and expires_at <= timezone.now():
            errors["expires_at"] = ["This time is past; choose one that is to come."]

    @extend_schema_field({"type": "string", "nullable": True})
    def get_created_by(self, api_key: ApiKey) -> str | None:
        """Return who made it, when it was a person."""
        return str(api_key.created_by) if api_key.created_by else None


class ApiKeyResource(Readable):
    """API keys: made and revoked with a key of the scope admin."""

    model = ApiKey
    serializer_class = ApiKeySerializer
    admin_scope_actions = frozenset({"list", "retrieve", "create", "destroy"})

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.select_related("created_by")

    def create(self, request: Request) -> Response:
        """Make a key; the field `key` of this one answer holds its text."""
        values = self.read_input(ApiKeySerializer).validated_data
        api_key, text = actions.create_api_key(
            self.access.organization,
            name=values["name"],
            scope=values.get("scope", ApiKey.Scope.READ),
            expires_at=values.get("expires_at"),
            actor=self.access.actor,
        )
        return self.answer(api_key, status=201, key=text)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke a key at once; it stays in the list."""
        actions.revoke_api_key(
            self.get_object(), actor=self.access.actor, now=timezone.now()
        )
        return Response(status=204)


class AuditSerializer(serializers.ModelSerializer[AuditEntry]):
    """One change, sign-in or other act, as it happened."""

    actor = serializers.CharField(source="actor_label", read_only=True)
    object = serializers.SerializerMethodField()
    created_at = Time(read_only=True)

    class Meta:
        model = AuditEntry
        fields = (
            "id",
            "actor",
            "action",
            "object",
            "changes",
            "ip_address",
            "created_at",
        )
        read_only_fields = fields

    @extend_schema_field(
        {
            "type": "object",
            "nullable": True,
            "properties": {
                "type": {"type": "string"},
                "id": {"type": "string"},
                "label": {"type": "string"},
            },
        }
    )
    def get_object(self, entry: AuditEntry) -> dict[str, str] | None:
        """Return what it was done to."""
        if not entry.object_type:
            return None
        return {
            "type": entry.object_type,
            "id": entry.object_id,
            "label": entry.object_label,
        }


class AuditResource(Readable):
    """The audit log; reading it needs the scope admin."""

    model = AuditEntry
    serializer_class = AuditSerializer
    admin_scope_actions = frozenset({"list", "retrieve"})
    filters = {
        "action": by_text("action"),
        "since": by_time("created_at__gte"),
        "until": by_time("created_at__lt"),
    }
