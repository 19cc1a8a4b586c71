"""`/api/v1/receipts`: every request to a receiver, and what it did."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import Service
from integrations_project.lib.api.filters import (
    by_choice,
    by_reference,
    by_time,
    by_uuid,
)
from integrations_project.lib.api.resources import Readable
from integrations_project.lib.api.serializers import Input
from receivers import actions
from receivers.api.serializers import ReceiptSerializer
from receivers.models import Receipt, Receiver


class ReceiptResource(Readable):
    """Receipts: one for every request to a receiver."""

    model = Receipt
    serializer_class = ReceiptSerializer
    filters = {
        "receiver": by_reference("receiver", Receiver),
        "result": by_choice("result", Receipt.Result.values),
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
