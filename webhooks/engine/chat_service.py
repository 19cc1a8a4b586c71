"""Send a message to a chat service through Apprise, and keep what it said.

Apprise says only whether it worked; why it did not is in what it logs meanwhile.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webhooks.chat.services import build_service
from webhooks.engine.messages import Failure, HttpOutcome, HttpRequest, Timings
from webhooks.exceptions import ServiceRefused
from webhooks.formats.message import read_message

if TYPE_CHECKING:
    from apprise import AppriseResult

#: Our tones as Apprise's kinds of notification: colour, icon, priority.
_KINDS = {"good": "success", "warning": "warning", "bad": "failure"}
_STATUS = re.compile(r"\berror=([1-5]\d\d)\b")
_UNREACHABLE = "connection error"
_LOGGED = frozenset({"WARNING", "ERROR", "CRITICAL"})


@dataclass(frozen=True, slots=True)
class ServiceCourier:
    """Carries messages to one service by its address for Apprise."""

    address: str = field(repr=False)  #: holds tokens

    @property
    def lane(self) -> str:
        """One for each service."""
        return self.address.partition("://")[0].lower()

    @property
    def fixed_headers(self) -> tuple[tuple[str, str], ...]:
        """None: what goes over the wire is the service's own affair."""
        return ()

    def list_headers(self, message_id: str) -> list[tuple[str, str]]:
        """None, for the same reason."""
        del message_id
        return []

    def carry(self, request: HttpRequest) -> HttpOutcome:
        """Send one message and wait until the service took or refused it."""
        started_at, begun = time.time(), time.monotonic()
        status, notes = None, ""
        try:
            service = build_service(
                self.address, timeout_seconds=request.timeout_seconds
            )
        except ServiceRefused as refusal:
            error: Failure | None = _explain_refusal(refusal)
        else:
            message = read_message(request.body)
            result = service.notify(
                title=message.title,
                body=message.plain_text or message.title,
                body_format="text",
                notify_type=_KINDS.get(message.tone, "info"),
            )
            notes = _list_notes(result)
            status = _find_status(notes)
            error = None if result else explain_service(notes)
        total_ms = round((time.monotonic() - begun) * 1000, 3)
        return HttpOutcome(
            key=request.key,
            started_at=started_at,
            duration_ms=round(total_ms),
            status_code=status if error else None,
            response_body=(notes or ("" if error else "The service took it.")).encode(),
            timings=Timings(total_ms=total_ms),
            error=error,
        )


def explain_service(notes: str) -> Failure:
    """Return why a service did not take a message, from what Apprise logged."""
    if _UNREACHABLE in notes.lower():
        return Failure(
            code="chat_unreachable",
            detail=f"The chat service could not be reached. {notes:.300}".strip(),
            hint="Check that Signalpost may reach the internet; it is tried again.",
        )
    return Failure(
        code="chat_refused",
        detail=f"The chat service did not take the message. {notes:.300}".strip(),
        hint="Check the tokens and the targets in the service's address.",
    )


def _explain_refusal(refusal: ServiceRefused) -> Failure:
    return Failure(
        code=refusal.error_code,
        detail=refusal.message,
        hint="Enter another address for this webhook.",
        permanent=True,
    )


def _list_notes(result: AppriseResult) -> str:
    """Return the warnings of every attempt, one a line."""
    lines = [
        line.message
        for service in result
        for attempt in service
        for line in attempt
        if line.level in _LOGGED
    ]
    return "\n".join(lines)[:16_000]


def _find_status(notes: str) -> int | None:
    match = _STATUS.search(notes)
    return int(match[1]) if match else None
