"""The e-mail destination that on-call keeps for a person, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from accounts.datatypes import SYSTEM
from alerts.models import OnCallPerson
from webhooks import actions as webhooks
from webhooks.models import Destination

if TYPE_CHECKING:
    from accounts.models import Organization
    from alerts.on_call import Person

MAX_LABEL_LENGTH = 100


def get_mailbox(person: Person, organization: Organization) -> Destination:
    """Return where a person is mailed, with the address that they have now.

    It is made at the first time, one for each person and organization. One that was
    disabled is tried again: who is on call must be told, and nobody edits it.

    Raises:
        ValidationError: Their address cannot be mailed.
    """
    row = _get_person(person, organization)
    destination = row.destination or _make(row, person)
    if destination.recipients != [person.email] or not destination.enabled:
        destination.recipients = [person.email]
        destination.enabled = True
        webhooks.save_destination(destination, actor=SYSTEM, entered_secrets=())
    return destination


def _get_person(person: Person, organization: Organization) -> OnCallPerson:
    rows = OnCallPerson.objects.select_related("destination").defer("feed_token")
    key: dict[str, Any] = {"organization": organization, "user_id": person.user_id}
    try:
        with transaction.atomic():
            return rows.get_or_create(**key)[0]
    except IntegrityError:
        return rows.get(**key)


def _make(row: OnCallPerson, person: Person) -> Destination:
    """Make it unless somebody does at the same time: the row is locked."""
    rows = OnCallPerson.objects.select_for_update(no_key=True).defer("feed_token")
    locked = rows.get(pk=row.pk)
    if locked.destination is not None:
        return locked.destination
    destination = Destination(
        organization=row.organization,
        label=f"{person.name} (on call)"[:MAX_LABEL_LENGTH],
        kind=Destination.Kind.EMAIL,
        recipients=[person.email],
        managed_by=Destination.ManagedBy.ON_CALL,
        event_types=[],
    )
    webhooks.save_destination(destination, actor=SYSTEM, entered_secrets=())
    locked.destination = destination
    locked.save(update_fields=("destination",))
    return destination
