"""`/api/v1/receipts`: every request to a receiver, and what it did."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import Service
from integrations_project.lib.api.filters import (
    by_choice,
    by_reference,
    by_text,
    by_time,
    by_uuid,
)
from integrations_project.lib.api.resources import Readable
from integrations_project.lib.api.serializers import Input
from receivers import actions
from receivers.api.serializers import ReceiptSerializer
from receivers.models import Receipt, Receiver

#: More would keep the request waiting.
MAX_REPLAYED = 100


class ReplaySerializer(Input):
    """Which receipts to replay."""

    ids = serializers.ListField(
        child=serializers.UUIDField(),
        min_length=1,
        max_length=MAX_REPLAYED,
        error_messages={
            "min_length": "Name at least one receipt.",
            "max_length": f"Name at most {MAX_REPLAYED} receipts.",
        },
    )


class ReceiptResource(Readable):
    """Receipts: one for every request to a receiver."""

    model = Receipt
    serializer_class = ReceiptSerializer
    filters = {
        "receiver": by_reference("receiver", Receiver),
        "result": by_choice("result", Receipt.Result.values),
        "reason": by_text("reason", max_length=40),
        "since": by_time("received_at__gte"),
        "until": by_time("received_at__lt"),
        "service": by_reference("service", Service),
        "trace": by_uuid("trace"),
    }

    @extend_schema(request=Input, responses={201: ReceiptSerializer})
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Read its body again with today's settings; leaves a new receipt."""
        receipt = self.get_object()
        self.access.require_edit(receipt.receiver)
        self.read_input(Input)
        replayed = actions.replay_receipt(
            receipt, actor=self.access.actor, now=timezone.now()
        )
        return self.answer(replayed, status=201)

    @extend_schema(
        operation_id="receipts_replay_many",
        request=ReplaySerializer,
        responses={200: ReceiptSerializer(many=True)},
    )
    @action(detail=False, methods=["post"], url_path="replay")
    def replay_many(self, request: Request) -> Response:
        """Read several bodies again, the oldest first; leaves a receipt for each."""
        ids = self.read_input(ReplaySerializer).validated_data["ids"]
        receipts = [self.access.get(self.get_queryset(), each) for each in ids]
        for receipt in receipts:
            self.access.require_edit(receipt.receiver)
            # All or none: an answer of 409 must not hide what was done before it.
            actions.check_replayable(receipt)
        now = timezone.now()
        replayed = [
            actions.replay_receipt(receipt, actor=self.access.actor, now=now)
            for receipt in sorted(receipts, key=lambda each: each.pk)
        ]
        shown = ReceiptSerializer(
            replayed, many=True, context=self.get_serializer_context()
        )
        return Response(shown.data)

    @extend_schema(request=Input, responses=ReceiptSerializer)
    @action(detail=True, methods=["post"])
    def wipe(self, request: Request, pk: str) -> Response:
        """Remove its body, headers and source; the row and what it did stay."""
        receipt = self.get_object()
        self.access.require_edit(receipt.receiver)
        self.read_input(Input)
        actions.wipe_receipt(receipt, actor=self.access.actor, now=timezone.now())
        return self.answer(receipt)

    @extend_schema(request=Input, responses=ReceiptSerializer)
    @action(detail=True, methods=["post"], url_path="use-as-sample")
    def use_as_sample(self, request: Request, pk: str) -> Response:
        """Let the mapping editor of its receiver show this body."""
        receipt = self.get_object()
        self.access.require_edit(receipt.receiver)
        self.read_input(Input)
        actions.use_as_sample(receipt, actor=self.access.actor)
        return self.answer(receipt)
