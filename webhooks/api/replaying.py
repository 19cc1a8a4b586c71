"""`/api/v1/webhooks/<id>/replay`: many deliveries sent again in the background."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_project.lib.api.problems import list_field_errors
from integrations_project.lib.api.resources import Resource
from integrations_project.lib.api.serializers import Input
from webhooks import actions
from webhooks.api.serializers import ReplayInput, ReplaySerializer
from webhooks.models import Destination, Replay

REPLAY_ID = OpenApiParameter(
    name="replay_id", type=OpenApiTypes.UUID, location=OpenApiParameter.PATH
)


class ReplayActions(Resource):
    """What the resource of webhooks says about their replays."""

    @extend_schema(request=ReplayInput, responses={202: ReplaySerializer})
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Send deliveries again in the background: the same ids, the same bytes.

        An empty body takes what failed or was skipped in the last seven days. One
        that was skipped starts its retries; any other gets exactly one attempt. They
        wait behind the first attempts of new events.
        """
        destination = self.get_object()
        self.access.require_edit(destination)
        wanted = self.read_input(ReplayInput).validated_data
        started = self._start(destination, wanted)
        return Response(ReplaySerializer(started).data, status=202)

    @extend_schema(responses=ReplaySerializer(many=True))
    @replay.mapping.get
    def list_replays(self, request: Request, pk: str) -> Response:
        """List the replays of a webhook, the newest first."""
        rows = self.filter_queryset(self._replays())
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(ReplaySerializer(page, many=True).data)

    @extend_schema(parameters=[REPLAY_ID], responses=ReplaySerializer)
    @action(detail=True, url_path="replay/(?P<replay_id>[^/]+)")
    def show_replay(self, request: Request, pk: str, replay_id: str) -> Response:
        """Tell how far a replay has come."""
        found = self.access.get(self._replays(), replay_id)
        return Response(ReplaySerializer(found).data)

    @extend_schema(
        parameters=[REPLAY_ID], request=Input, responses={200: ReplaySerializer}
    )
    @action(
        detail=True, methods=["post"], url_path="replay/(?P<replay_id>[^/]+)/cancel"
    )
    def cancel_replay(self, request: Request, pk: str, replay_id: str) -> Response:
        """Stop a replay; what it has queued already is sent all the same."""
        found = self.access.get(self._replays(), replay_id)
        self.access.require_edit(found.destination)
        self.read_input(Input)
        actions.cancel_replay(found, actor=self.access.actor, now=timezone.now())
        return Response(ReplaySerializer(found).data)

    def _replays(self) -> Any:
        destination = self.access.get(Destination, self.kwargs["pk"])
        rows = self.access.rows(Replay).filter(destination=destination)
        return rows.select_related("destination")

    def _start(self, destination: Destination, wanted: dict[str, Any]) -> Replay:
        try:
            return actions.start_replay(
                destination,
                statuses=wanted["status"],
                since=wanted.get("since"),
                until=wanted.get("until"),
                actor=self.access.actor,
                now=timezone.now(),
            )
        except ValidationError as error:
            # Here the field is called `status`, as in the filters of lists.
            errors = list_field_errors(error)
            renamed = {
                "status" if name == "statuses" else name: sentences
                for name, sentences in errors.items()
            }
            raise ValidationError(renamed) from None
