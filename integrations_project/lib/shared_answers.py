"""Answers that are the same for everybody for a moment, and who says how long.

A view that makes one leaves word in the request's environment; the front may then
give the very same bytes to the next who asks, without a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from django.http import HttpRequest

#: Where an environment says how long its answer may be shared.
TICKET_KEY = "signalpost.shared_answer"


class Ticket(Protocol):
    """Knows whether what an answer says is still true."""

    def find_age(self) -> float:
        """Return how many seconds ago it was true; without end once it is not."""

    def renew(self) -> None:
        """Find out whether it still is; may wait for the database."""


def share_answer(request: HttpRequest, ticket: Ticket | None) -> None:
    """Let the answer to this request be given to others while the ticket is good."""
    if ticket is not None:
        request.META[TICKET_KEY] = ticket
