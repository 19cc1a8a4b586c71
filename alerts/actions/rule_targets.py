"""Targets of rules at URLs of their own, and what is kept to tell them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from alerts.models import Rule, RuleTarget
from webhooks import actions as webhooks

if TYPE_CHECKING:
    from webhooks.models import Destination

#: Rule, webhook and URL are found by these; more would be a list, not a rule.
MAX_TARGETS = 200


class FurtherTarget(NamedTuple):
    """A URL that is told with a webhook's settings."""

    webhook: Destination
    url: str


def find_further_target_errors(
    rule: Rule, targets: Collection[FurtherTarget]
) -> list[str]:
    """Return a sentence for each URL that cannot be told; looks up its host.

    One that the rule has already is not looked up again: a host that is away for a
    moment must not stand in the way of a change.
    """
    known: set[tuple[UUID, str]] = set()
    if not rule._state.adding:
        known = set(rule.further_targets.values_list("destination_id", "url"))
    errors = []
    for webhook, url in targets:
        if (webhook.pk, url) in known and webhook.sharing.filter(
            url=url, enabled=True
        ).exists():
            continue
        if error := webhooks.find_shared_url_error(webhook, url):
            errors.append(error)
    return errors


def set_further_targets(rule: Rule, targets: Iterable[FurtherTarget]) -> None:
    """Make these the rule's targets at URLs of their own; runs in a transaction."""
    wanted = {(webhook.pk, url): webhook for webhook, url in targets}
    rows = {(t.destination_id, t.url): t for t in rule.further_targets.all()}
    for (_, url), webhook in wanted.items():
        # Also one that is there: what retired it, or moved it, is over.
        sender = webhooks.share_destination(webhook, url=url)
        if (webhook.pk, url) not in rows:
            RuleTarget.objects.create(
                rule=rule, destination=webhook, url=url, sender=sender
            )
    gone = [row for key, row in rows.items() if key not in wanted]
    remove_further_targets(gone)


def remove_further_targets(targets: Iterable[RuleTarget]) -> None:
    """Remove targets, and what is kept for them when no other rule uses it."""
    for target in list(targets):
        sender = target.sender
        target.delete()
        if not RuleTarget.objects.filter(sender=sender).exists():
            webhooks.retire_destination(sender)
