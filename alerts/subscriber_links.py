"""Signed links in mails to those who follow a status page.

The token says who follows and what it is for; the subscriber's key is in it, so that
a new key makes the old links worthless.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from alerts.exceptions import SubscriptionLinkExpired, SubscriptionLinkForged

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.models import Subscriber

SALT = "alerts.subscribers"
#: So long an address may be confirmed.
LIFETIME = timedelta(hours=48)
MAX_TOKEN_LENGTH = 300


class SubscriberToken(NamedTuple):
    """What a token holds."""

    subscriber_id: UUID
    key: str


def build_confirm_link(subscriber: Subscriber, *, now: datetime) -> str:
    """Return the address on which a subscriber says that they want this; two days."""
    return _build(subscriber, "confirm", expires_at=int((now + LIFETIME).timestamp()))


def build_unsubscribe_link(subscriber: Subscriber) -> str:
    """Return the address that ends it; it works as long as they follow."""
    return _build(subscriber, "unsubscribe", expires_at=0)


def read_token(token: str, purpose: str, *, now: datetime) -> SubscriberToken:
    """Return what a token holds; the subscriber may be gone.

    Raises:
        SubscriptionLinkForged: It was not made here, for this, or is cut.
        SubscriptionLinkExpired: It is too old.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise SubscriptionLinkForged
    try:
        subscriber_id, key, expires_at = signing.loads(token, salt=f"{SALT}.{purpose}")
        found = SubscriberToken(UUID(subscriber_id), key)
    except (signing.BadSignature, ValueError, TypeError):
        raise SubscriptionLinkForged from None
    if expires_at and now.timestamp() > expires_at:
        raise SubscriptionLinkExpired
    return found


def _build(subscriber: Subscriber, purpose: str, *, expires_at: int) -> str:
    values = [subscriber.pk.hex, subscriber.key, expires_at]
    token = signing.dumps(values, salt=f"{SALT}.{purpose}")
    path = reverse(f"alerts:status-page-{purpose}", args=[subscriber.page.slug, token])
    return f"{settings.SITE_URL}{path}"
