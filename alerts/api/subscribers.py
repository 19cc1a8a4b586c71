"""Who follows a status page: `/status-pages/{id}/subscribers`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import actions
from alerts.api.status_posts import find_in_page
from alerts.models import Subscriber
from integrations_project.lib.api.fields import Time
from integrations_project.lib.api.paging import CursorPages
from integrations_project.lib.api.resources import Resource


class SubscriberSerializer(serializers.ModelSerializer[Subscriber]):
    """Somebody who follows, or asked to; ``confirmed_at`` is null until they said yes.

    The address is masked for a key that may only read.
    """

    address = serializers.SerializerMethodField()
    services = serializers.SerializerMethodField()
    webhook = serializers.UUIDField(source="destination_id", read_only=True)
    asked_at = Time(read_only=True)
    confirmed_at = Time(read_only=True)

    class Meta:
        model = Subscriber
        fields = (
            "id",
            "kind",
            "address",
            "services",
            "webhook",
            "asked_at",
            "confirmed_at",
        )
        read_only_fields = fields

    def get_address(self, subscriber: Subscriber) -> str:
        """An e-mail address or a URL."""
        if self.context["shows_addresses"]:
            return subscriber.address
        return actions.mask_address(subscriber.address, subscriber.kind)

    def get_services(self, subscriber: Subscriber) -> list[UUID]:
        """What they chose; empty is everything."""
        return [component.service_id for component in subscriber.components.all()]


class PageSubscribers(Resource):
    """The subscribers of a status page; a part of its resource."""

    @extend_schema(responses=SubscriberSerializer(many=True))
    @action(detail=True, pagination_class=CursorPages)
    def subscribers(self, request: Request, pk: str) -> Response:
        """Who follows, the newest first; they add themselves on the page."""
        rows = Subscriber.objects.filter(page=self.get_object())
        page = self.paginate_queryset(rows.prefetch_related("components").defer("key"))
        data = SubscriberSerializer(page, many=True, context=self._context()).data
        return self.get_paginated_response(data)

    @extend_schema(responses=SubscriberSerializer)
    @action(
        detail=True,
        url_path="subscribers/(?P<subscriber_id>[^/]+)",
        url_name="subscriber",
    )
    def subscriber_detail(
        self, request: Request, pk: str, subscriber_id: str
    ) -> Response:
        """Return one subscriber."""
        found = self._find_subscriber(subscriber_id)
        return Response(SubscriberSerializer(found, context=self._context()).data)

    @extend_schema(responses={204: None})
    @subscriber_detail.mapping.delete
    def remove_subscriber(
        self, request: Request, pk: str, subscriber_id: str
    ) -> Response:
        """Tell them no more."""
        found = self._find_subscriber(subscriber_id)
        self.access.require_edit(found.page)
        actions.remove_subscriber(found, actor=self.access.actor)
        return Response(status=204)

    def _find_subscriber(self, subscriber_id: str) -> Subscriber:
        rows = Subscriber.objects.filter(page=self.get_object())
        found: Subscriber = find_in_page(
            rows.select_related("page__organization", "destination"), subscriber_id
        )
        return found

    def _context(self) -> dict[str, Any]:
        return {"shows_addresses": self.access.can_edit}
