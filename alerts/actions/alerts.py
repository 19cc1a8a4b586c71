"""Alerts that other systems raise: a name, a network, and free data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Unpack

from django.db import transaction
from django.utils.dateparse import parse_datetime

from accounts.actions import get_or_create_network
from alerts.actions.alert_types import find_alert_data_errors
from alerts.actions.routing import publish_event
from alerts.datatypes import AlertFields
from alerts.exceptions import InvalidAlert
from alerts.snapshots import format_time
from integrations_project.lib.ids import uuid7
from webhooks.datatypes import ALERT_NAME, NewEvent, alert_event_type

if TYPE_CHECKING:
    from accounts.datatypes import Actor
    from accounts.models import Organization
    from webhooks.models import Event

MAX_NAME_LENGTH = 94  # an event type has 100 characters, "alert." is in it
MAX_NETWORK_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alert:
    name: str
    network_name: str
    data: Mapping[str, Any]
    raised_at: datetime


@transaction.atomic
def raise_alert(
    organization: Organization,
    *,
    actor: Actor,
    now: datetime,
    **fields: Unpack[AlertFields],
) -> Event:
    """Publish ``alert.<name>``; a network that is not known yet is made.

    Args:
        organization: Whose alert.
        actor: Who raises it.
        now: Stands for a missing timestamp.
        **fields: ``alert_name`` (``ALERT_DEVICE_OFFLINE``), ``network_name``,
            ``data`` (an object; documented fields must have their types, others are
            kept as they are) and ``timestamp`` (ISO 8601, or a datetime).

    Raises:
        InvalidAlert: With a sentence that says what to send; nothing was written.
    """
    alert = _read_alert(fields, now=now)
    if errors := find_alert_data_errors(organization, alert.name, alert.data):
        raise InvalidAlert(_sum_up(errors))
    network = get_or_create_network(organization, label=alert.network_name, actor=actor)
    event = NewEvent(
        type=alert_event_type(alert.name),
        data={
            "alert_name": alert.name,
            "network_name": network.label,
            "timestamp": format_time(alert.raised_at),
            "data": dict(alert.data),
        },
        occurred_at=alert.raised_at,
        trace=uuid7(),
        subject_kind="network",
        subject_id=str(network.pk),
        subject_label=network.label,
        network_id=network.pk,
        network_name=network.label,
    )
    return publish_event(organization, event)


def _read_alert(fields: AlertFields, *, now: datetime) -> _Alert:
    name = str(fields["alert_name"])
    if not ALERT_NAME.fullmatch(name) or len(name) > MAX_NAME_LENGTH:
        message = (
            "alert_name must be ALERT_ and capital letters, digits and underscores, "
            f"such as ALERT_DEVICE_OFFLINE; at most {MAX_NAME_LENGTH} characters."
        )
        raise InvalidAlert(message)
    network_name = str(fields["network_name"]).strip()
    is_fitting = 0 < len(network_name) <= MAX_NETWORK_LENGTH
    if not is_fitting or not network_name.isprintable():
        message = (
            "network_name must be the name of a network, such as Main Office; "
            f"at most {MAX_NETWORK_LENGTH} characters."
        )
        raise InvalidAlert(message)
    if not isinstance(fields["data"], Mapping):
        raise InvalidAlert("data must be an object with what the alert is about.")
    return _Alert(
        name=name,
        network_name=network_name,
        data=fields["data"],
        raised_at=_read_timestamp(fields["timestamp"], now=now),
    )


def _sum_up(errors: Mapping[str, list[str]]) -> str:
    return " ".join(f"{path}: {each}" for path, all_ in errors.items() for each in all_)


def _read_timestamp(value: datetime | str | None, *, now: datetime) -> datetime:
    try:
        moment = parse_datetime(value) if isinstance(value, str) else value or now
        if moment is not None:
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    message = "timestamp must be a time in ISO 8601, such as 2026-01-31T12:00:00Z."
    raise InvalidAlert(message)
