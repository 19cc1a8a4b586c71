"""`/api/v1/status-pages`: pages for the public, with what stands on them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts import actions
from alerts.api.status_posts import PagePosts
from alerts.api.subscribers import PageSubscribers
from alerts.models import Service, StatusPage, StatusPageComponent, Subscriber
from alerts.status_page.datatypes import ComponentSpec
from alerts.status_page.document import build_page, find_page_url
from integrations_project.lib.api.fields import Reference, References, Secret, Words
from integrations_project.lib.api.filters import by_text
from integrations_project.lib.api.problems import list_field_errors
from integrations_project.lib.api.resources import Configurable
from integrations_project.lib.api.serializers import Errors, Input, RowSerializer
from integrations_project.lib.json_types import describe_json

_DATA_URL = re.compile(r"data:[\w/+.;=-]*;base64,")
#: What a component may be called and told by, beside its service.
TEXTS = ("name", "description", "group")


@extend_schema_field({"type": "string", "format": "byte", "nullable": True})
class Picture(serializers.Field[Any, Any, Any, Any]):
    """A picture in Base64, alone or as a ``data:`` URL; empty or null removes it."""

    def to_internal_value(self, data: Any) -> bytes:
        if not isinstance(data, str):
            message = f"Write the picture in Base64, not {describe_json(data)}."
            raise serializers.ValidationError(message)
        text = _DATA_URL.sub("", data, count=1)
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            message = "This is no Base64; write one such as iVBORw0KGgo…."
            raise serializers.ValidationError(message) from None


class ShownServices(References):
    """The services of a page, in their order on it."""

    def get_attribute(self, instance: Any) -> Any:
        return instance.components.all()

    def to_representation(self, value: Any) -> list[str]:
        return [str(component.service_id) for component in value]


class ComponentSerializer(Input):
    """A service on a page; empty texts take the service's own."""

    service = Reference(Service)
    name = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=200
    )
    description = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=500
    )
    group = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=100
    )
    shows_uptime = serializers.BooleanField(required=False, default=True)


class StatusPageSerializer(RowSerializer):
    """A page that says how services do.

    ``services`` names what stands on it, in order. ``components`` says the same with
    the words that the public reads; give one of them.
    """

    constraint_field = "slug"

    services = ShownServices(Service)
    components = ComponentSerializer(many=True, required=False)
    allowed_networks = Words(example="10.0.0.0/8", required=False)
    password = Secret(source="new_password", max_length=1000)
    has_password = serializers.SerializerMethodField()
    logo = Picture(source="new_logo", required=False, write_only=True, allow_null=True)
    logo_url = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    subscriber_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = StatusPage
        fields = (
            "id",
            "slug",
            "title",
            "description",
            "footer",
            "support_url",
            "website_url",
            "accent_colour",
            "time_zone",
            "services",
            "components",
            "public",
            "password",
            "has_password",
            "allowed_networks",
            "logo",
            "logo_url",
            "allows_subscribers",
            "subscriber_count",
            "posts_automatically",
            "url",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "created_at", "updated_at")

    def get_has_password(self, page: StatusPage) -> bool:
        """Whether a visitor may open it with a password."""
        return bool(page.password)

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_logo_url(self, page: StatusPage) -> str | None:
        """Return where the logo is shown; null without one."""
        return build_page(page)["logo_url"] or None

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, page: StatusPage) -> str:
        """Return what visitors open."""
        return find_page_url(page)

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        super().judge(values, errors, data)
        if "services" in data and "components" in data:
            named = [spec["service"] for spec in values.get("components", ())]
            if "services" in values and named != values["services"]:
                message = "Name the same services in both, or leave one of them out."
                errors.setdefault("components", []).append(message)
        if not errors:
            found = actions.find_page_errors(self.row, **self.list_parts(values))
            if found:
                error = DjangoValidationError(found)
                self.add_row_errors(list_field_errors(error), errors)

    def list_parts(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return what is given beside the columns, as the action takes it."""
        parts: dict[str, Any] = {}
        if "components" in values:
            parts["components"] = [
                ComponentSpec(**each) for each in values["components"]
            ]
        elif "services" in values:
            parts["components"] = self._keep_texts(values["services"])
        if "new_password" in values:
            parts["password"] = values["new_password"]
        if "new_logo" in values:
            parts["logo"] = values["new_logo"] or b""
        return parts

    def _keep_texts(self, services: list[Service]) -> list[ComponentSpec]:
        """Return services as they stood on the page, or as they are."""
        rows = [] if self.instance is None else list(self.instance.components.all())
        known = {row.service_id: row for row in rows}
        specs = []
        for service in services:
            row = known.get(service.pk) or StatusPageComponent(service=service)
            texts = {name: getattr(row, name) for name in TEXTS}
            specs.append(
                ComponentSpec(service=service, shows_uptime=row.shows_uptime, **texts)
            )
        return specs


class StatusPageResource(PagePosts, PageSubscribers, Configurable):
    """Status pages: what the public is shown, served from the moment they are made."""

    model = StatusPage
    serializer_class = StatusPageSerializer
    filters = {"slug": by_text("slug"), "title": by_text("title__iexact")}

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        components = StatusPageComponent.objects.order_by("position", "pk")
        followers = Subscriber.objects.filter(
            page=OuterRef("pk"), confirmed_at__isnull=False
        )
        count = followers.order_by().values("page").annotate(n=Count("pk")).values("n")
        found: QuerySet[Any] = rows.prefetch_related(
            Prefetch("components", components)
        ).annotate(subscriber_count=Coalesce(Subquery(count), 0))
        return found

    def make(
        self, serializer: StatusPageSerializer
    ) -> tuple[StatusPage, dict[str, Any]]:
        self.require_networks([])
        return self._store(serializer), {}

    def save(self, serializer: StatusPageSerializer) -> StatusPage:
        return self._store(serializer)

    def remove(self, row: StatusPage) -> None:
        actions.delete_status_page(row, actor=self.access.actor)

    def _store(self, serializer: StatusPageSerializer) -> StatusPage:
        parts = serializer.list_parts(serializer.validated_data)
        return actions.save_status_page(
            serializer.row, actor=self.access.actor, **parts
        )
