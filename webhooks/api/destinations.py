"""`/api/v1/webhooks`: where events are sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Network
from integrations_project.lib.api.fields import write_time
from integrations_project.lib.api.filters import by_choice
from integrations_project.lib.api.resources import Configurable
from integrations_project.lib.api.serializers import Input
from webhooks import actions
from webhooks.api.replaying import ReplayActions
from webhooks.api.serializers import (
    DisableSerializer,
    RotateSecretSerializer,
    VerifySerializer,
    WebhookSerializer,
)
from webhooks.api.verifying import VERIFY_SCHEMA, show_verify_result
from webhooks.delivery_lists import find_first_id
from webhooks.models import Destination

#: Above every id: nothing was made in the last 24 hours.
NO_ID = 2**63 - 1


class WebhookResource(ReplayActions, Configurable):
    """Webhooks: where events are sent, and how it has been going."""

    model = Destination
    serializer_class = WebhookSerializer
    slow_actions = frozenset({"verify", "verify_unsaved"})
    filters = {
        "managed_by": by_choice("managed_by", Destination.ManagedBy.values),
    }
    #: What people do not do to those that the product keeps.
    own_actions = frozenset({"update", "partial_update", "destroy", "rotate_secret"})

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave out of the list what the product keeps, unless it is asked for."""
        if self.action == "list" and "managed_by" not in self.request.query_params:
            queryset = queryset.filter(managed_by="")
        return super().filter_queryset(queryset)

    def get_object(self) -> Any:
        destination = super().get_object()
        if self.action in self.own_actions:
            actions.require_made_by_people(destination)
        return destination

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        since = now - timedelta(hours=24)
        first_id = find_first_id(since)
        counted: Any = rows.with_delivery_counts(  # type: ignore[attr-defined]  # its own queryset
            since=since, first_id=NO_ID if first_id is None else first_id
        )
        found: QuerySet[Any] = counted.with_waiting(now=now)
        return found.prefetch_related("networks")

    def make(self, serializer: WebhookSerializer) -> tuple[Destination, dict[str, Any]]:
        destination = self._store(serializer)
        return destination, self.show_once(serializer)

    def save(self, serializer: WebhookSerializer) -> Destination:
        return self._store(serializer)

    def show_once(self, serializer: WebhookSerializer) -> dict[str, Any]:
        is_generated = serializer.validated_data.get("generate_secret")
        return {"secret": serializer.row.secret} if is_generated else {}

    def remove(self, row: Destination) -> None:
        actions.delete_destination(row, actor=self.access.actor)

    def _store(self, serializer: WebhookSerializer) -> Destination:
        networks: list[Network] | None = serializer.validated_data.get("networks")
        if serializer.instance is None:
            networks = networks or []
        if networks is not None:
            self.require_networks(networks)
        return actions.save_destination(
            serializer.row,
            actor=self.access.actor,
            networks=networks,
            entered_secrets=serializer.entered_secrets,
        )

    @extend_schema(
        request=WebhookSerializer(partial=True), responses={200: VERIFY_SCHEMA}
    )
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, pk: str) -> Response:
        """Send a sample at once and tell how it went; counts for nothing else.

        Fields in the body are tried in place of the stored ones, and not saved. As
        when they are saved, a stored secret does not go to another host.
        """
        destination = self.get_object()
        self.access.require_edit(destination)
        serializer = self.read_input(
            WebhookSerializer, instance=destination, partial=True
        )
        return self._verify(serializer.row, entered=serializer.entered_secrets)

    @extend_schema(
        operation_id="webhooks_verify_unsaved",
        request=VerifySerializer,
        responses={200: VERIFY_SCHEMA},
    )
    @action(detail=False, methods=["post"], url_path="verify")
    def verify_unsaved(self, request: Request) -> Response:
        """Send a sample to a webhook that is not saved; the body is that of create."""
        serializer = self.read_input(VerifySerializer)
        return self._verify(serializer.row, entered=serializer.entered_secrets)

    def _verify(self, destination: Destination, *, entered: set[str]) -> Response:
        result = actions.verify_destination(
            destination,
            actor=self.access.actor,
            now=timezone.now(),
            entered_secrets=entered,
        )
        return Response(show_verify_result(result))

    @extend_schema(request=Input, responses=WebhookSerializer)
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, pk: str) -> Response:
        """Send events there again."""
        destination = self.get_object()
        self.access.require_edit(destination)
        self.read_input(Input)
        actions.enable_destination(destination, actor=self.access.actor)
        return self.answer(destination)

    @extend_schema(request=DisableSerializer, responses=WebhookSerializer)
    @action(detail=True, methods=["post"])
    def disable(self, request: Request, pk: str) -> Response:
        """Send nothing there any more; what waits is skipped."""
        destination = self.get_object()
        self.access.require_edit(destination)
        reason = self.read_input(DisableSerializer).validated_data["reason"]
        actions.disable_destination(destination, actor=self.access.actor, reason=reason)
        return self.answer(destination)

    @extend_schema(request=RotateSecretSerializer, responses=WebhookSerializer)
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, pk: str) -> Response:
        """Make a new secret, shown in this one answer; those before overlap.

        `previous_secret_expires_at` is when the last of them signs no more.
        """
        destination = self.get_object()
        self.access.require_edit(destination)
        entered = self.read_input(RotateSecretSerializer).validated_data
        secret = actions.rotate_secret(
            destination,
            actor=self.access.actor,
            now=timezone.now(),
            overlap_hours=entered["overlap_hours"],
            new_secret=entered.get("secret") or None,
        )
        expires_at = write_time(destination.previous_secret_expires_at)
        return self.answer(
            destination, secret=secret, previous_secret_expires_at=expires_at
        )
