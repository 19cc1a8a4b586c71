"""A receiver as most would write it: a DRF view, a serializer, the ORM, `atomic`.

It does less than ours: no incidents, no rules, no events, one status field.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.models import Service, StatusChange
from integrations_project.lib.ids import uuid7
from receivers.models import Receipt, Receiver


class StatusSerializer(serializers.Serializer[Any]):
    """What a sender posts."""

    status = serializers.ChoiceField(["operational", "degraded", "down", "maintenance"])
    message = serializers.CharField(required=False, max_length=1000)


class Incoming(APIView):
    """Takes a POST, remembers it and changes the service's status."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (JSONParser,)

    def post(self, request: Request, token: str) -> Response:
        """Take one POST."""
        body: bytes = request._request.body
        digest = hashlib.sha256(token.encode()).hexdigest()
        receiver = get_object_or_404(
            Receiver.objects.select_related("service"), token_hash=digest
        )
        expected = hmac.new(receiver.hmac_secret.encode(), body, "sha256").hexdigest()
        given = request.headers.get("X-Webhook-Signature", "")
        if not hmac.compare_digest(expected, given):
            return Response({"result": "auth_failed"}, status=401)
        serializer = StatusSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        receipt = self.apply(request, receiver, serializer.validated_data, body)
        return Response({"result": receipt.result, "receipt": str(receipt.pk)})

    @transaction.atomic
    def apply(
        self, request: Request, receiver: Receiver, data: dict[str, Any], body: bytes
    ) -> Receipt:
        """Write the receipt and, when the status differs, the change."""
        service = Service.objects.select_for_update().get(receivers=receiver)
        previous, trace, now = service.status, uuid7(), timezone.now()
        receipt = Receipt.objects.create(
            organization_id=receiver.organization_id,
            receiver=receiver,
            received_at=now,
            source_ip=request.META["REMOTE_ADDR"],
            result="processed" if previous != data["status"] else "ignored",
            raw_status=data["status"],
            status=data["status"],
            previous_status=previous,
            service=service,
            headers=dict(request.headers),
            body=body.decode(),
            body_size=len(body),
            trace=trace,
        )
        if previous != data["status"]:
            service.status = data["status"]
            service.status_since = now
            service.save()
            StatusChange.objects.create(
                organization_id=receiver.organization_id,
                service=service,
                previous_status=previous,
                status=data["status"],
                message=data.get("message", ""),
                source_kind="receiver",
                source_id=str(receiver.pk),
                source_label=receiver.name,
                receipt_id=receipt.pk,
                trace=trace,
                changed_at=now,
            )
        return receipt


urlpatterns = [path("api/webhooks/plain/<str:token>", Incoming.as_view())]
