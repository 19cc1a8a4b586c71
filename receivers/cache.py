"""The settings of receivers, kept for a moment so that a POST needs no look-up.

Each process has its own. What is saved acts at once in the process that saved it and
within two seconds everywhere. Unknown tokens are never kept: guessing fills nothing,
and a new receiver works at once.
"""

from __future__ import annotations

import time
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from integrations_project.lib.encryption import hash_token
from receivers.datatypes import ReceiverSpec
from receivers.models import Receiver

#: Below two seconds, with room for the request that is under way.
MAX_AGE_SECONDS = 1.5
MAX_ENTRIES = 10_000

_specs: dict[str, tuple[float, ReceiverSpec]] = {}


def find_spec(token: str, *, now: datetime) -> ReceiverSpec | None:
    """Return the settings of the receiver with this token; None when there is none."""
    token_hash = hash_token(token)
    entry = _specs.get(token_hash)
    if entry is not None and time.monotonic() - entry[0] < MAX_AGE_SECONDS:
        return entry[1]

    loaded_at = time.monotonic()
    # The token's own ciphertext is not opened: it costs more than all the rest.
    receiver = (
        Receiver.objects.filter(
            Q(token_hash=token_hash)
            | Q(previous_token_hash=token_hash, previous_token_expires_at__gt=now)
        )
        .defer("token")
        .first()
    )
    if receiver is None:
        _specs.pop(token_hash, None)
        return None
    spec = build_spec(receiver, now=now)
    if len(_specs) >= MAX_ENTRIES:
        _specs.clear()
    _specs[token_hash] = (loaded_at, spec)
    return spec


def forget_specs() -> None:
    """Drop everything now, and again once the change that asks for it is committed."""
    _specs.clear()
    transaction.on_commit(_specs.clear)


def build_spec(receiver: Receiver, *, now: datetime) -> ReceiverSpec:
    """Return a receiver's settings as plain values; reads its networks.

    Raises:
        SecretUnreadable: No key in ENCRYPTION_KEYS opens its secret.
    """
    return ReceiverSpec(
        id=receiver.pk,
        organization_id=receiver.organization_id,
        name=receiver.name,
        enabled=receiver.enabled,
        service_id=receiver.service_id,
        service_name_field=receiver.service_name_field,
        create_unknown_services=receiver.create_unknown_services,
        preset=receiver.preset,
        status_field=receiver.status_field,
        message_field=receiver.message_field,
        key_field=receiver.key_field,
        time_field=receiver.time_field,
        delivery_id_field=receiver.delivery_id_field,
        items_path=receiver.items_path,
        mapping=receiver.mapping,
        mapping_mode=receiver.mapping_mode,
        unmapped=receiver.unmapped,
        network_ids=frozenset(receiver.networks.values_list("pk", flat=True)),
        auto_create_incidents=receiver.auto_create_incidents,
        incident_severity=receiver.incident_severity,
        auto_resolve_incidents=receiver.auto_resolve_incidents,
        hmac_secrets=receiver.active_secrets(now=now),
        signature_header=receiver.signature_header,
        signature_scheme=receiver.signature_scheme,
        required_auth=receiver.required_auth,
        auth_username=receiver.auth_username,
        auth_password=receiver.auth_password,
        auth_token=receiver.auth_token,
        source_networks=tuple(receiver.source_networks),
        rate_per_minute=receiver.rate_per_minute,
        is_silent=receiver.silent_since is not None,
    )
