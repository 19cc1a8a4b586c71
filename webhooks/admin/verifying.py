"""Verify as the admin shows it: one webhook in full, several in a line each."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils import timezone

from webhooks import actions
from webhooks.exceptions import WebhooksError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from accounts.datatypes import Actor
    from webhooks.datatypes import VerifyResult
    from webhooks.models import Destination

#: After so many seconds a bulk action tries no further webhook: a page must come.
TIME_FOR_ALL = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What Verify said of one webhook: a result, or why there is none."""

    destination: Destination
    result: VerifyResult | None = None
    refusal: str = ""
    status: int = HTTPStatus.OK


def verify(
    destination: Destination,
    *,
    actor: Actor,
    entered_secrets: Collection[str] | None = None,
) -> Trial:
    """Send a sample to a webhook; a refusal is told rather than raised.

    Args:
        destination: Stored, or as it is typed.
        actor: Who tries it.
        entered_secrets: What was typed now; None tries what is stored.

    Raises:
        ValidationError: What is typed could not be saved like this.
    """
    is_stored = entered_secrets is None
    try:
        result = actions.verify_destination(
            destination,
            actor=actor,
            now=timezone.now(),
            entered_secrets=entered_secrets or (),
        )
    except WebhooksError as error:
        return Trial(
            destination=destination, refusal=error.message, status=error.status_code
        )
    except ValidationError as error:
        if not is_stored:
            raise
        refusal = " ".join(error.messages)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return Trial(destination=destination, refusal=refusal, status=status)
    return Trial(destination=destination, result=result)


def verify_each(destinations: Iterable[Destination], *, actor: Actor) -> list[Trial]:
    """Try several webhooks one after the other, for a minute at the most."""
    ends_at = time.monotonic() + TIME_FOR_ALL
    trials = []
    for destination in destinations:
        if time.monotonic() < ends_at:
            trials.append(verify(destination, actor=actor))
            continue
        refusal = "Not tried: the others took too long. Select it again by itself."
        trials.append(Trial(destination=destination, refusal=refusal))
    return trials
