"""What is posted on a status page: `/status-pages/{id}/posts`, `/post-templates`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import actions
from alerts.models import (
    Incident,
    PostTemplate,
    Service,
    StatusPage,
    StatusPageComponent,
    StatusPost,
    Window,
)
from integrations_project.lib.api.fields import (
    Choice,
    Reference,
    References,
    Text,
    Time,
)
from integrations_project.lib.api.filters import by_text
from integrations_project.lib.api.paging import CursorPages
from integrations_project.lib.api.resources import Configurable, Resource
from integrations_project.lib.api.serializers import Errors, Input, RowSerializer


class PostSerializer(serializers.ModelSerializer[StatusPost]):
    """A post, as it is stored."""

    actor = serializers.CharField(source="actor_label", read_only=True)
    services = serializers.SerializerMethodField()
    created_at = Time(read_only=True)

    class Meta:
        model = StatusPost
        fields = (
            "id",
            "title",
            "state",
            "message",
            "incident",
            "window",
            "services",
            "is_automatic",
            "actor",
            "created_at",
        )
        read_only_fields = fields

    def get_services(self, post: StatusPost) -> list[UUID]:
        """What it is about; empty is the whole page."""
        return [component.service_id for component in post.components.all()]


class EditPostSerializer(Input):
    """What may be corrected; who follows is not told again."""

    title = Text(required=False, allow_blank=True)
    state = Choice(choices=StatusPost.State.choices, required=False)
    message = Text(required=False, allow_blank=True)


class NewPostSerializer(EditPostSerializer):
    """A post: about an incident, about maintenance, or a notice of its own.

    What is left out is taken from the template, and the title from the incident or
    the maintenance.
    """

    incident = Reference(Incident, required=False, allow_null=True)
    window = Reference(Window, required=False, allow_null=True)
    template = Reference(PostTemplate, required=False, allow_null=True)
    services = References(Service, help_text="Of this page; left out: of the subject.")

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        """Find the components of the services, and fill the template in."""
        page: StatusPage = self.context["page"]
        shown: list[StatusPageComponent] | None = None
        if "services" in values:
            shown = _find_shown(page, values.pop("services"))
            if shown is None:
                errors["services"] = ["Choose services that stand on this page."]
        values["components"] = shown
        template = values.pop("template", None)
        if template is not None and not errors:
            subject = {name: values.get(name) for name in ("incident", "window")}
            filled = actions.fill_template(
                template,
                page,
                now=timezone.now(),
                components=_find_meant(page, shown, subject["incident"]),
                **subject,
            )
            for name in ("title", "state", "message"):
                values.setdefault(name, getattr(filled, name))


class PagePosts(Resource):
    """The posts of a status page; a part of its resource."""

    @extend_schema(responses=PostSerializer(many=True))
    @action(detail=True, pagination_class=CursorPages)
    def posts(self, request: Request, pk: str) -> Response:
        """What was posted, the newest first."""
        rows = StatusPost.objects.filter(page=self.get_object())
        page = self.paginate_queryset(rows.prefetch_related("components"))
        return self.get_paginated_response(PostSerializer(page, many=True).data)

    @extend_schema(request=NewPostSerializer, responses={201: PostSerializer})
    @posts.mapping.post
    def add_post(self, request: Request, pk: str) -> Response:
        """Post something, and tell who follows the page."""
        page = self.get_object()
        self.access.require_respond()
        context = {**self.get_serializer_context(), "page": page}
        bound = NewPostSerializer(data=request.data, context=context)
        bound.is_valid(raise_exception=True)
        values = dict(bound.validated_data)
        components = values.pop("components")
        post = actions.create_status_post(
            StatusPost(page=page, **values),
            components=components,
            actor=self.access.actor,
            now=timezone.now(),
        )
        return Response(PostSerializer(post).data, status=201)

    @extend_schema(responses=PostSerializer)
    @action(detail=True, url_path="posts/(?P<post_id>[^/]+)", url_name="post")
    def post_detail(self, request: Request, pk: str, post_id: str) -> Response:
        """Return one post."""
        return Response(PostSerializer(self._find_post(post_id)).data)

    @extend_schema(request=EditPostSerializer, responses=PostSerializer)
    @post_detail.mapping.patch
    def edit_post(self, request: Request, pk: str, post_id: str) -> Response:
        """Correct a post; who follows is not told again."""
        post = self._find_post(post_id)
        self.access.require_respond()
        values = self.read_input(EditPostSerializer).validated_data
        for name, value in values.items():
            setattr(post, name, value)
        actions.edit_status_post(post, actor=self.access.actor)
        return Response(PostSerializer(post).data)

    @extend_schema(responses={204: None})
    @post_detail.mapping.delete
    def delete_post(self, request: Request, pk: str, post_id: str) -> Response:
        """Take a post off the page."""
        post = self._find_post(post_id)
        self.access.require_respond()
        actions.delete_status_post(post, actor=self.access.actor)
        return Response(status=204)

    def _find_post(self, post_id: str) -> StatusPost:
        rows = StatusPost.objects.filter(page=self.get_object())
        post: StatusPost = find_in_page(
            rows.select_related("page__organization"), post_id
        )
        return post


class PostTemplateSerializer(RowSerializer):
    """Words prepared in calm times, with places such as {{ service }}."""

    constraint_field = "label"

    class Meta:
        model = PostTemplate
        fields = ("id", "label", "title", "state", "message", "created_at")
        read_only_fields = ("id", "created_at")

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        super().judge(values, errors, data)
        if not errors:
            errors |= actions.find_template_errors(self.row)


class PostTemplateResource(Configurable):
    """Templates of posts, for every status page of the organization."""

    model = PostTemplate
    serializer_class = PostTemplateSerializer
    filters = {"label": by_text("label__iexact")}

    def make(
        self, serializer: PostTemplateSerializer
    ) -> tuple[PostTemplate, dict[str, Any]]:
        self.require_networks([])
        return self.save(serializer), {}

    def save(self, serializer: PostTemplateSerializer) -> PostTemplate:
        return actions.save_post_template(serializer.row, actor=self.access.actor)

    def remove(self, row: PostTemplate) -> None:
        actions.delete_post_template(row, actor=self.access.actor)


def find_in_page(rows: QuerySet[Any], row_id: str) -> Any:
    """Return a row of a page by its id; a malformed one is not found either."""
    try:
        found = rows.filter(pk=UUID(row_id)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def _find_shown(
    page: StatusPage, services: list[Service]
) -> list[StatusPageComponent] | None:
    """Return the components of services; None when one is not on the page."""
    rows = page.components.select_related("service").filter(service__in=services)
    found = list(rows.order_by("position", "pk"))
    return found if len(found) == len(services) else None


def _find_meant(
    page: StatusPage,
    shown: list[StatusPageComponent] | None,
    incident: Incident | None,
) -> list[StatusPageComponent]:
    """Return what a template calls the services: those named, or the incident's."""
    if shown is not None or incident is None:
        return shown or []
    rows = page.components.select_related("service")
    affected = incident.affected.values("service")
    return list(rows.filter(service__in=affected).order_by("position", "pk"))
