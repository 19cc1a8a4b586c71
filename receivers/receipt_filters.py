"""The filters of the list of receipts, as its address has them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_current_timezone, is_naive, make_aware

from integrations_project.lib.ids import first_id_at
from receivers.models import Receipt
from receivers.presets import list_presets

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.db.models import QuerySet

#: The sender that stands for receipts read by a receiver's own fields.
PLAIN = "plain"
#: What `since` may say instead of a time.
PERIODS = {
    "1h": ("Last hour", timedelta(hours=1)),
    "24h": ("Last 24 hours", timedelta(hours=24)),
    "7d": ("Last 7 days", timedelta(days=7)),
}
#: The reasons that people ask for; an address may name any other.
REASONS = (
    ("no_change", "Said before"),
    ("held_by_other", "Another source is worse"),
    ("unmapped", "Value means nothing"),
    ("paused", "Receiver paused"),
    ("test", "Test ping"),
    ("unsupported", "About no status"),
    ("stale", "Older than the last"),
    ("duplicate", "Sent twice"),
    ("verifying", "Being verified"),
    ("unverified", "Not verified"),
    ("not_json", "Not JSON"),
    ("body_unknown", "Not this sender's"),
    ("status_missing", "No status"),
    ("service_missing", "No service named"),
    ("service_unknown", "Unknown service"),
    ("items_missing", "No items"),
    ("rate_limited", "Too many requests"),
    ("body_too_large", "Body too long"),
    ("body_too_slow", "Body too slow"),
    ("signature_missing", "No signature"),
    ("signature_wrong", "Wrong signature"),
    ("authorization_missing", "No authorization"),
    ("authorization_wrong", "Wrong authorization"),
    ("source_refused", "Foreign network"),
)
_REASON = re.compile(r"[a-z_]{1,40}")
#: A receipt's id may be this much older than its time.
_CLOCKS = timedelta(minutes=1)


def list_sender_choices() -> list[tuple[str, str]]:
    """Return the senders that a receipt may have been read as."""
    known = [(preset.name, preset.label) for preset in list_presets()]
    return [(PLAIN, "Plain fields"), *known]


def list_reason_choices(chosen: str) -> list[tuple[str, str]]:
    """Return the reasons to choose from, and the chosen one when it is another."""
    is_known = not chosen or chosen in dict(REASONS)
    return list(REASONS) if is_known else [*REASONS, (chosen, chosen)]


def read_filters(
    given: Mapping[str, str], *, receiver_ids: Collection[str]
) -> dict[str, str]:
    """Return the filters of an address; what makes no sense is left out."""
    allowed: dict[str, Collection[str]] = {
        "result": Receipt.Result.values,
        "receiver": receiver_ids,
        "sender": dict(list_sender_choices()),
    }
    wanted = {name: given.get(name, "") for name in allowed}
    chosen = {n: value if value in allowed[n] else "" for n, value in wanted.items()}
    reason, since = given.get("reason", ""), given.get("since", "")
    is_time = since in PERIODS or _parse(since) is not None
    return chosen | {
        "reason": reason if _REASON.fullmatch(reason) else "",
        "since": since if is_time else "",
        "q": given.get("q", "").strip()[:200].replace("\0", ""),
    }


def filter_receipts(
    rows: QuerySet[Receipt], chosen: Mapping[str, str], *, now: datetime
) -> QuerySet[Receipt]:
    """Return the receipts that fit every chosen filter."""
    exact = {"result": chosen["result"], "receiver__pk": chosen["receiver"]}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if chosen["reason"]:
        rows = rows.filter(reason=chosen["reason"])
    if chosen["sender"]:
        rows = rows.filter(preset=chosen["sender"].replace(PLAIN, ""))
    if since := find_since(chosen["since"], now=now):
        # The id bounds the part of the index that is read; the time decides.
        rows = rows.filter(id__gte=first_id_at(since - _CLOCKS), received_at__gte=since)
    if text := chosen["q"]:
        rows = rows.filter(Q(raw_status__icontains=text) | Q(detail__icontains=text))
    return rows


def find_since(text: str, *, now: datetime) -> datetime | None:
    """Return the time that a period or a time begins with; None for any time."""
    return now - PERIODS[text][1] if text in PERIODS else _parse(text)


def _parse(text: str) -> datetime | None:
    try:
        # In an address a plus is a space; the T is there in any case.
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    if moment is None or not 1971 <= moment.year <= 9000:
        return None
    return make_aware(moment, get_current_timezone()) if is_naive(moment) else moment
