"""Signed links in messages: whoever has one may act on one incident, once.

The token says what it may do and until when; nothing is stored before it is used.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from alerts.exceptions import LinkExpired, LinkForged

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from alerts.models import Incident

SALT = "alerts.links"
LIFETIME = timedelta(hours=24)
ACTIONS = ("acknowledge", "resolve")
MAX_TOKEN_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseLink:
    """What a link lets its holder do."""

    action: str  # acknowledge, resolve
    incident_id: UUID
    event_type: str  # of the message that it was in
    trace: UUID  # of that event
    digest: str  # what is stored of the token once it was used


def build_links(
    incident: Incident, happening: str, *, trace: UUID, now: datetime
) -> Mapping[str, str]:
    """Return action to URL for what can still be done about an incident.

    Args:
        incident: As it is stored now.
        happening: What the message says, such as ``opened``.
        trace: Of the event that carries them.
        now: They work for a day from then.
    """
    if not incident.is_open:
        return {}
    return {
        action: settings.SITE_URL
        + reverse(
            "alerts:respond", args=[_sign(incident, action, happening, trace, now)]
        )
        for action in ACTIONS
        if action != "acknowledge" or not incident.acknowledged
    }


def read_link(token: str, *, now: datetime) -> ResponseLink:
    """Return what a token lets its holder do; it may have been used already.

    Raises:
        LinkForged: It was not made here, or is cut.
        LinkExpired: It is older than a day.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise LinkForged
    try:
        action, incident_id, happening, trace, expires_at, _ = signing.loads(
            token, salt=SALT
        )
        link = ResponseLink(
            action=ACTIONS[action],
            incident_id=UUID(incident_id),
            event_type=f"incident.{happening}",
            trace=UUID(trace),
            digest=hashlib.sha256(token.encode()).hexdigest(),
        )
    except (signing.BadSignature, ValueError, TypeError, LookupError):
        raise LinkForged from None
    if now.timestamp() > expires_at:
        raise LinkExpired
    return link


def _sign(
    incident: Incident, action: str, happening: str, trace: UUID, now: datetime
) -> str:
    expires_at = int((now + LIFETIME).timestamp())
    # Two messages of one second have links of their own: each works once.
    nonce = secrets.token_urlsafe(6)
    values = [
        ACTIONS.index(action),
        incident.pk.hex,
        happening,
        trace.hex,
        expires_at,
        nonce,
    ]
    return signing.dumps(values, salt=SALT)
