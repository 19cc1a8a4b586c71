"""Who follows a status page: asked for, confirmed, told, gone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts.actions import record_audit
from accounts.datatypes import SYSTEM, Actor
from alerts.actions.subscriber_mail import queue_confirmation
from alerts.exceptions import NotConfirmed
from alerts.models import StatusPage, Subscriber
from alerts.subscriber_links import build_unsubscribe_link, read_token
from integrations_project.lib.encryption import hash_token
from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.redaction import mask_emails, mask_url
from integrations_project.lib.signing import generate_secret
from webhooks import actions as webhooks
from webhooks.models import Destination

if TYPE_CHECKING:
    from alerts.models import StatusPageComponent

Kind = Subscriber.Kind
MAX_ADDRESS_LENGTH = 254
#: An address is mailed no more often than this, whoever asks.
PAUSE = timedelta(minutes=5)
#: What nobody confirmed for so long is forgotten.
PATIENCE = timedelta(days=7)
#: At most so many of a page wait to be confirmed.
MAX_WAITING = 5000
FULL = "Too many people ask to follow this page just now; try again tomorrow."
CLOSED = "This page takes no subscribers."
GONE = "Nobody follows the status page with this address any more."
WRONG_ADDRESS = "Write an e-mail address, such as ann@example.com."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscriber:
    """Somebody who wants to follow a page."""

    address: str
    kind: str = Kind.EMAIL
    #: None chosen means all.
    components: Sequence[StatusPageComponent] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedWebhook:
    """A webhook that follows; what is shown this once."""

    subscriber: Subscriber
    secret: str
    unsubscribe_url: str


@transaction.atomic
def ask_to_follow(page: StatusPage, new: NewSubscriber, *, now: datetime) -> None:
    """Note that somebody wants to follow by e-mail, and mail them a link.

    Says nothing about whether the address follows already: whoever does is told so
    by mail. An address is mailed at most every five minutes.

    Raises:
        ValidationError: It is no address, or the page takes nobody.
    """
    address = _check_address(new.address)
    _check_open(page)
    rows = Subscriber.objects.select_for_update().filter(page=page, kind=Kind.EMAIL)
    found = rows.filter(address__iexact=address).first()
    if found is None:
        found = _insert(page, address, now=now)
    elif now - found.asked_at < PAUSE:
        return
    if found.confirmed_at is None:
        found.components.set(new.components)
    Subscriber.objects.filter(pk=found.pk).update(asked_at=now)
    queue_confirmation(found)


@transaction.atomic
def confirm_subscriber(token: str, *, now: datetime) -> Subscriber | None:
    """Let somebody follow who opened the link in the mail and said yes.

    From then on they have a destination that the product keeps, and posts reach them
    as deliveries. The second time changes nothing.

    Returns:
        None when they do not want it any more, or waited too long.

    Raises:
        AlertsError: The link is not whole, or too old.
    """
    subscriber = find_subscriber(token, "confirm", now=now, is_locked=True)
    if subscriber is None or subscriber.confirmed_at is not None:
        return subscriber
    page = subscriber.page
    headers: Any = {  # an encrypted field, of which the stubs know nothing
        "List-Unsubscribe": f"<{build_unsubscribe_link(subscriber)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    destination = Destination(
        organization=page.organization,
        label=_label(page, subscriber),
        kind=Destination.Kind.EMAIL,
        recipients=[subscriber.address],
        managed_by=Destination.ManagedBy.STATUS_PAGE,
        event_types=[],
        headers=headers,
    )
    webhooks.save_destination(destination, actor=SYSTEM, entered_secrets=())
    subscriber.destination, subscriber.confirmed_at = destination, now
    subscriber.save(update_fields=("destination", "confirmed_at"))
    return subscriber


def follow_by_webhook(
    page: StatusPage, new: NewSubscriber, *, now: datetime
) -> ConfirmedWebhook:
    """Send a test to a URL, and let it follow when it answers 2xx.

    No transaction is held while the endpoint answers.

    Raises:
        ValidationError: The URL may not be called, or the page takes nobody.
        NotConfirmed: It did not answer the test with 2xx, or follows already.
    """
    _check_open(page)
    url = new.address.strip()
    subscriber = Subscriber(
        page=page, kind=Kind.WEBHOOK, address=url, asked_at=now, **_make_key()
    )
    destination = Destination(
        organization=page.organization,
        label=_label(page, subscriber),
        url=url,
        secret=generate_secret(),
        managed_by=Destination.ManagedBy.STATUS_PAGE,
        event_types=[],
        timeout_seconds=10,
    )
    actor = Actor(label=f"A visitor of {page.title}"[:200])
    _send_test(destination, actor=actor, now=now)
    subscriber.confirmed_at = now
    try:
        with transaction.atomic():
            webhooks.save_destination(
                destination, actor=actor, entered_secrets=("secret",)
            )
            subscriber.destination = destination
            subscriber.save(force_insert=True)
            subscriber.components.set(new.components)
    except IntegrityError:
        # Who follows is nobody's business: the same words as for a bad answer.
        raise NotConfirmed from None
    return ConfirmedWebhook(
        subscriber=subscriber,
        secret=destination.secret,
        unsubscribe_url=build_unsubscribe_link(subscriber),
    )


def _send_test(destination: Destination, *, actor: Actor, now: datetime) -> None:
    try:
        result = webhooks.verify_destination(
            destination, actor=actor, now=now, entered_secrets=("secret",)
        )
    except ProjectError as error:
        raise NotConfirmed(error.message) from None
    if not result.delivered:
        raise NotConfirmed


def find_subscriber(
    token: str, purpose: str, *, now: datetime, is_locked: bool = False
) -> Subscriber | None:
    """Return whom a link is about; None when they do not follow any more.

    Raises:
        AlertsError: The link is not whole, or too old.
    """
    found = read_token(token, purpose, now=now)
    rows = Subscriber.objects.filter(
        pk=found.subscriber_id, key_hash=hash_token(found.key)
    )
    if is_locked:
        rows = rows.select_for_update(of=("self",))
    return rows.select_related("page__organization", "destination").first()


@transaction.atomic
def remove_subscriber(subscriber: Subscriber, *, actor: Actor | None = None) -> None:
    """Tell somebody no more; what was sent stays in the log until it is tidied.

    Args:
        subscriber: Who follows, or asked to.
        actor: Who of the organization removes them; None when they do it.
    """
    destination = subscriber.destination
    if actor is not None:
        record_audit(
            organization=subscriber.page.organization,
            actor=actor,
            action="subscriber.removed",
            target=subscriber,
        )
    subscriber.delete()
    if destination is not None:
        webhooks.retire_destination(destination, reason=GONE)


def forget_unconfirmed(*, now: datetime) -> int:
    """Forget addresses that nobody confirmed within a week; returns how many."""
    rows = Subscriber.objects.filter(confirmed_at=None, asked_at__lt=now - PATIENCE)
    count, _ = rows.delete()
    return count


def mask_address(address: str, kind: str) -> str:
    """Return an address so that its owner knows it and nobody else does."""
    return mask_emails(address) if kind == Kind.EMAIL else mask_url(address)


def _check_address(text: str) -> str:
    address = text.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise ValidationError({"address": [WRONG_ADDRESS]}) from None
    if len(address) > MAX_ADDRESS_LENGTH:
        raise ValidationError({"address": [WRONG_ADDRESS]})
    return address


def _check_open(page: StatusPage) -> None:
    if not page.allows_subscribers:
        raise ValidationError({"address": [CLOSED]})
    if page.subscribers.filter(confirmed_at=None).count() >= MAX_WAITING:
        raise ValidationError({"address": [FULL]})


def _insert(page: StatusPage, address: str, *, now: datetime) -> Subscriber:
    try:
        with transaction.atomic():
            return Subscriber.objects.create(
                page=page, address=address, asked_at=now, **_make_key()
            )
    except IntegrityError:  # asked twice at the same moment
        return Subscriber.objects.get(
            page=page, kind=Kind.EMAIL, address__iexact=address
        )


def _make_key() -> dict[str, str]:
    key = secrets.token_urlsafe(24)
    return {"key": key, "key_hash": hash_token(key)}


def _label(page: StatusPage, subscriber: Subscriber) -> str:
    shown = mask_address(subscriber.address, subscriber.kind)
    return f"{page.title[:40]}: {shown}"[:100]
