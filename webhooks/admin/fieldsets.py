"""Which fields of a webhook the admin shows, by its kind."""

from __future__ import annotations

from typing import Any

from webhooks.models import Destination

Kind = Destination.Kind
TAKES = ("event_types", "format", "networks")
AUTHORIZATION = (
    "auth_method",
    "username",
    "password",
    "token",
    "oauth2_token_url",
    "oauth2_client_id",
    "oauth2_client_secret",
    "oauth2_scope",
    "client_certificate",
    "client_key",
)
SIGNING = ("signature", "signature_header", "secret", "remove_secret")
LIMITS = ("timeout_seconds", "max_in_flight", "rate_per_minute", "retry_schedule")
HEALTH = (
    "health",
    "disabled_reason",
    "last_success_at",
    "last_failure_at",
    "failing_since",
    "consecutive_failures",
    "last_error",
    "waits",
    "records",
)
RECORD = ("id", "created_at", "updated_at")
#: Each kind with its field for where it leads.
ADDRESSES = {
    Kind.WEBHOOK: "url",
    Kind.EMAIL: "recipients",
    Kind.CHAT: "service_url",
}


def list_fieldsets(destination: Destination | None, *, kind: str) -> Any:
    """Return the fieldsets of a page: what can be set, then what is stored."""
    address = ADDRESSES[Kind(kind)]
    head = ("organization", "kind_shown", "label", address, *TAKES)
    parts: list[tuple[str | None, dict[str, Any]]] = [(None, {"fields": head})]
    if kind == Kind.WEBHOOK:
        signing = (*SIGNING, *(("public_key", "signs_until") if destination else ()))
        parts += [
            ("Authorization", {"fields": AUTHORIZATION}),
            ("Signature", {"fields": signing}),
            ("Template", {"fields": ("template",), "classes": ("collapse",)}),
            ("Sending", {"fields": ("headers", *LIMITS)}),
        ]
    else:
        parts.append(("Sending", {"fields": LIMITS}))
    if destination is not None:
        parts += [("Health", {"fields": HEALTH}), ("Record", {"fields": RECORD})]
    return tuple(parts)
