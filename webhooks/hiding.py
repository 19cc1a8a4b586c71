"""Addresses of those who follow a status page, hidden from people who may only look.

A page's followers gave their addresses to those who run it. Viewers see that they are
told, and how that went, but not who they are; the list of followers does the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrations_project.lib.redaction import mask_emails, mask_url
from webhooks.models import Attempt, Delivery, Destination

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

    from accounts.permissions import Access

_URLS = ("url",)
_TEXTS: dict[type[Model], tuple[str, ...]] = {
    Destination: ("last_error", "disabled_reason"),
    Delivery: ("last_error", "reason"),
    Attempt: ("error", "error_hint", "response_body"),
}
_HEADERS = ("request_headers", "response_headers")


def may_see_followers(access: Access) -> bool:
    """Whether somebody may see who follows: whoever may change status pages."""
    return access.may_use_every_network


def is_follower(destination: Destination) -> bool:
    """Whether a destination is somebody's who follows a status page."""
    return destination.managed_by == Destination.ManagedBy.STATUS_PAGE


def hide_destinations(access: Access, rows: Iterable[Destination]) -> None:
    """Mask addresses of followers on rows that are shown next, and never saved."""
    if may_see_followers(access):
        return
    for row in filter(is_follower, rows):
        _hide(row)
        if "recipients" not in row.get_deferred_fields():
            row.recipients = [mask_emails(each) for each in row.recipients]


def hide_deliveries(access: Access, rows: Iterable[Delivery]) -> None:
    """Mask them on deliveries with their destinations; not on their attempts."""
    if may_see_followers(access):
        return
    for row in rows:
        if is_follower(row.destination):
            _hide(row)
            hide_destinations(access, [row.destination])


def hide_attempts(
    access: Access, destination: Destination, rows: Iterable[Attempt]
) -> None:
    """Mask them on attempts to one destination; large fields stay unread."""
    if may_see_followers(access) or not is_follower(destination):
        return
    for row in rows:
        _hide(row)
        for name in _HEADERS:
            headers = getattr(row, name).items()
            setattr(row, name, {key: mask_emails(value) for key, value in headers})


def _hide(row: Any) -> None:
    unread = row.get_deferred_fields()
    for name in {*_TEXTS[type(row)]} - unread:
        setattr(row, name, mask_emails(getattr(row, name)))
    for name in {*_URLS} & row.__dict__.keys():
        setattr(row, name, mask_url(getattr(row, name)))
