"""A receiver that can be posted to, and empty counters for each test."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from django.test import Client

from accounts.datatypes import SYSTEM
from receivers import cache, inbox
from receivers.actions import create_receiver, inbound
from receivers.models import Receipt
from tests.factories import make_service


@pytest.fixture(autouse=True)
def _empty_counters():
    cache._specs.clear()
    inbox.rate_limiter.clear()
    inbound.turned_away.clear()


class Sender:
    """Posts to one receiver and keeps what it answers."""

    def __init__(self, receiver):
        self.receiver = receiver
        self.client = Client()

    @property
    def path(self):
        return f"/api/webhooks/incoming/{self.receiver.token}"

    def post(self, body, *, content_type="application/json", **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        # `client.post` would write the bytes anew in the charset of the type.
        return self.client.generic(
            "POST", self.path, data=raw, content_type=content_type, headers=headers
        )

    def post_signed(self, body, *, secret, header="X-Webhook-Signature"):
        raw = json.dumps(body).encode()
        signature = hmac.digest(secret.encode(), raw, hashlib.sha256).hex()
        return self.post(raw, **{header: signature})

    def last_receipt(self):
        return Receipt.objects.filter(receiver=self.receiver).latest("id")


@pytest.fixture
def make_sender(db):
    """Make a receiver for a new service, or as the fields say."""

    def make(**fields):
        networks = fields.pop("networks", ())
        if "service" not in fields and "service_name_field" not in fields:
            fields["service"] = make_service(
                name="API Gateway", **organization_of(fields)
            )
        organization = (
            fields.pop("organization", None) or fields["service"].organization
        )
        fields.setdefault("name", "Deploy pipeline")
        receiver = create_receiver(
            organization, actor=SYSTEM, networks=networks, **fields
        )
        return Sender(receiver)

    return make


def organization_of(fields):
    return {k: fields[k] for k in ("organization",) if k in fields}


@pytest.fixture
def sender(make_sender):
    return make_sender()
