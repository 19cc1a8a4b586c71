"""What may be stored in a destination: checked alike by form, admin and API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from webhooks.validation.addresses import net_policy
from webhooks.validation.certificates import find_certificate_errors
from webhooks.validation.credentials import (
    find_oauth2_errors,
    find_password_error,
    find_token_error,
    find_username_error,
)
from webhooks.validation.headers import find_header_error
from webhooks.validation.kinds import find_kind_errors
from webhooks.validation.payloads import (
    find_event_type_error,
    find_format_error,
    find_template_error,
    normalize_event_types,
)
from webhooks.validation.retries import (
    find_retry_schedule_error,
    normalize_retry_schedule,
)
from webhooks.validation.signatures import find_secret_error, find_signature_errors
from webhooks.validation.texts import find_label_error

if TYPE_CHECKING:
    from webhooks.models import Destination

__all__ = [
    "find_destination_errors",
    "find_secret_error",
    "net_policy",
    "normalize_event_types",
    "normalize_retry_schedule",
]


def find_destination_errors(destination: Destination) -> dict[str, list[str]]:
    """Return a sentence for each field of a destination that needs mending.

    Looks up the host of the URL, so that a refused address is named at once. An
    empty required field is left to the field's own check.
    """
    checks = {
        "label": find_label_error(destination.label),
        "format": find_format_error(destination),
        "template": find_template_error(destination),
        "username": find_username_error(destination),
        "password": find_password_error(destination),
        "token": find_token_error(destination),
        "headers": find_header_error(destination),
        "event_types": find_event_type_error(destination),
        "retry_schedule": find_retry_schedule_error(destination.retry_schedule),
    }
    checks |= find_oauth2_errors(destination)
    checks |= find_certificate_errors(destination, now=timezone.now())
    checks |= find_signature_errors(destination)
    checks |= {f: e for f, e in find_kind_errors(destination).items() if e}
    return {field: [error] for field, error in checks.items() if error}
