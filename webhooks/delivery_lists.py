"""Pages of the list of deliveries: as fast with a million rows as with ten.

Each page reads a *lane*: rows that one index gives newest first. What the index
does not answer is tested row by row, for so many rows a page and no more; then the
page says how far back it has looked, and its link looks further. Times become ids
by way of the events' ids, which carry their time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from integrations_project.lib.ids import first_id_at
from webhooks.delivery_filters import clamp_time
from webhooks.hiding import hide_deliveries, may_see_followers
from webhooks.models import Delivery, Destination, Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.permissions import Access
    from webhooks.delivery_filters import DeliveryFilters

PAGE_SIZE = 50
#: How many rows of its lane a page tests, without and with a text.
ROWS_TESTED = 10_000
ROWS_SEARCHED = 4_000
#: So many that wait or are being sent are few: found by their own index.
FEW = 2_000
#: How many events one trace or id can stand for.
EVENTS_FOUND = 500
#: An event's id and its deliveries' time can differ by a slow transaction and by
#: two hosts' clocks.
SLACK = timedelta(minutes=5)
OVERTAKERS = 200
Status = Delivery.Status
Managed = Destination.ManagedBy
_NAME_COLUMNS = ("pk", "label", "url", "managed_by")
#: These have indexes of their own, since they are rare in a long history.
UNSENT = (Status.FAILED, Status.SKIPPED, Status.CANCELLED)
OPEN = (Status.PENDING, Status.SENDING)
#: Literally what the partial indexes say: SQLite uses them for nothing else.
UNSENT_SQL = "webhooks_delivery.status IN ('failed', 'skipped', 'cancelled')"
_OPEN_SQL = {
    Status.PENDING: "webhooks_delivery.status = 'pending'",
    Status.SENDING: "webhooks_delivery.status = 'sending'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a page begins: below an id, above one, or at the newest row."""

    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """One page, newest first."""

    rows: list[Delivery]
    newer: Cursor | None = None  # None on the first page
    older: Cursor | None = None  # None on the last page
    #: How many rows were tested when that ended the page early; else 0.
    tested_count: int = 0
    #: How far back (or forward) they reach.
    tested_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lane:
    rows: QuerySet[Delivery]
    rest: Q = field(default_factory=Q)  # what is tested row by row
    limit: int | None = ROWS_TESTED  # None: the lane is short
    page_size: int = PAGE_SIZE
    first_id: int | None = None  # nothing below it
    end_id: int | None = None  # nothing from it on

    def between(self, *, above: int | None, below: int | None) -> QuerySet[Delivery]:
        """Return its rows between two ids: one bound a side, as SQLite wants it."""
        rows = self.rows
        floors = [each for each in (above, (self.first_id or 0) - 1) if each]
        ends = [each for each in (below, self.end_id) if each is not None]
        if above is not None or self.first_id is not None:
            rows = rows.filter(pk__gt=max(floors, default=0))
        return rows.filter(pk__lt=min(ends)) if ends else rows


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookName:
    """What of a webhook can be searched for."""

    pk: UUID
    label: str
    address: str
    is_managed: bool = False  # kept by the product: found, but not offered


def list_webhook_names(
    access: Access, *, limit: int | None = None
) -> list[WebhookName]:
    """Return the webhooks to choose from and to search by."""
    rows = access.rows(Destination).order_by("label", "pk")
    # Whoever could search by an address would find it out, letter by letter.
    hidden = "" if may_see_followers(access) else Managed.STATUS_PAGE
    return [
        WebhookName(
            pk=pk,
            label=label,
            address="" if managed_by and managed_by == hidden else url,
            is_managed=bool(managed_by),
        )
        for pk, label, url, managed_by in rows.values_list(*_NAME_COLUMNS)[:limit]
    ]


def find_deliveries(
    access: Access,
    filters: DeliveryFilters,
    *,
    cursor: Cursor,
    webhooks: Sequence[WebhookName] = (),
    further: Q | None = None,
    page_size: int = PAGE_SIZE,
) -> DeliveryPage:
    """Return one page of an organization's deliveries, in bounded time.

    Args:
        access: Whose deliveries.
        filters: Which of them.
        cursor: Where the page begins.
        webhooks: The organization's, so that a text finds their labels and hosts.
        further: Another condition, tested row by row.
        page_size: How many rows a page has at most.
    """
    if filters.mistake:
        return DeliveryPage(rows=[])
    lane = _choose_lane(access, filters, webhooks)
    lane = _limit_to_times(lane, filters)
    lane = replace(lane, rest=lane.rest & (further or Q()), page_size=page_size)
    page = _read_newer(lane, cursor.after) if cursor.after else _read(lane, cursor)
    hide_deliveries(access, page.rows)
    return page


def find_first_id(moment: datetime) -> int | None:
    """Return an id that no delivery made at or after a moment is below.

    None when none was made since then. Deliveries shortly before it may be above.
    """
    near = clamp_time(moment)
    by_event = Delivery.objects.filter(event_id__gte=first_id_at(near - SLACK))
    # The first event's deliveries need not be the first: two may overtake each other.
    ids = by_event.order_by("event_id").values_list("pk", flat=True)[:OVERTAKERS]
    return min(ids, default=None)


def count_up_to(rows: QuerySet[Delivery], limit: int) -> int:
    """Count rows, but no more than a limit."""
    return rows.order_by()[:limit].count()


def count_open(destination: Destination, *, limit: int) -> int:
    """Count what waits for a destination or is being sent, up to a limit."""
    pending, sending = (
        Delivery.objects.extra(where=[condition])  # noqa: S610  # a constant
        for condition in _OPEN_SQL.values()
    )
    # In the order of the claim's index, so that SQLite takes that one.
    waiting = pending.filter(destination=destination).order_by("priority", "due_at")
    owners = sending.order_by().values_list("destination_id", flat=True)[:limit]
    count = len(waiting.values_list("pk", flat=True)[:limit])
    return count + sum(owner == destination.pk for owner in owners)


def _choose_lane(
    access: Access, filters: DeliveryFilters, webhooks: Sequence[WebhookName]
) -> _Lane:
    rows: QuerySet[Delivery] = access.rows(Delivery)
    rest = filters.type_query()
    if filters.webhook:
        owners = list_with_sharing(access, filters.webhook)
        if len(owners) > 1:
            # No index gives several in one order: they are tested row by row.
            rest &= Q(destination__in=owners)
        else:
            rows = Delivery.objects.filter(
                organization=access.organization, destination=filters.webhook
            )
    lane = _Lane(rows=rows, rest=rest)
    if filters.text:
        lane = _search(lane, access, filters.text, webhooks)
    if filters.status in UNSENT and lane.limit:
        rows = lane.rows.filter(status=filters.status).extra(  # noqa: S610  # a constant
            where=[UNSENT_SQL]
        )
        return replace(lane, rows=rows)
    if filters.status in OPEN and lane.limit:
        return _choose_open(lane, access, filters)
    return replace(lane, rest=lane.rest & _equals(status=filters.status))


def list_with_sharing(access: Access, webhook: UUID) -> list[UUID]:
    """Return a webhook and those that share its settings at other URLs."""
    sharing = access.rows(Destination).filter(shares_with=webhook)
    return [webhook, *sharing.values_list("pk", flat=True)]


def _choose_open(lane: _Lane, access: Access, filters: DeliveryFilters) -> _Lane:
    """Take those that wait one by one while they are few; else there are many."""
    # Of every organization, so that no planner takes the organization's index.
    condition = _OPEN_SQL[Status(filters.status)]
    rows: QuerySet[Delivery] = Delivery.objects.extra(where=[condition])  # noqa: S610  # a constant
    if filters.webhook:
        rows = rows.filter(destination__in=list_with_sharing(access, filters.webhook))
    found = list(rows.order_by().values_list("pk", "organization_id")[: FEW + 1])
    if len(found) > FEW:
        return replace(lane, rest=lane.rest & Q(status=filters.status))
    ids = [pk for pk, owner in found if owner == access.organization.pk]
    few = lane.rows.filter(pk__in=ids, status=filters.status)
    return replace(lane, rows=few, limit=None)


def _search(
    lane: _Lane, access: Access, text: str, webhooks: Sequence[WebhookName]
) -> _Lane:
    number = text.removeprefix("#")
    if number.isdecimal() and number.isascii() and len(number) < 19:
        return replace(lane, rows=lane.rows.filter(pk=int(number)), limit=None)
    try:
        row_id = UUID(text)
    except ValueError:
        return _search_words(lane, access, text, webhooks)
    if any(row_id == each.pk for each in webhooks):
        return replace(lane, rows=lane.rows.filter(destination=row_id))
    return _search_id(lane, access, row_id)


def _search_id(lane: _Lane, access: Access, row_id: UUID) -> _Lane:
    events = access.rows(Event).filter(pk=row_id).values_list("pk", flat=True)
    ids = [*events, *find_traced_events(access, row_id)]
    if ids:
        sent = Delivery.objects.filter(event__in=ids).order_by()
        found = list(sent.values_list("pk", flat=True))
        return replace(lane, rows=lane.rows.filter(pk__in=found), limit=None)
    about = _events_of_rows().values("subject_id")[:1]
    return replace(
        lane,
        rows=lane.rows.alias(about_id=Subquery(about)),
        rest=lane.rest & Q(about_id=str(row_id)),
        limit=ROWS_SEARCHED,
    )


def find_traced_events(access: Access, trace: UUID) -> list[UUID]:
    """Return the ids of an organization's events with this trace, by its index.

    Whose they are is compared here: asked in the statement, SQLite would read every
    event of the organization instead.
    """
    rows = Event.objects.filter(trace=trace).order_by()
    found = rows.values_list("pk", "organization_id")[:EVENTS_FOUND]
    return [pk for pk, owner in found if owner == access.organization.pk]


def _events_of_rows() -> QuerySet[Event]:
    # A subquery for each row that is tested: a join could read every event.
    return Event.objects.filter(pk=OuterRef("event_id"))


def _search_words(
    lane: _Lane, access: Access, text: str, webhooks: Sequence[WebhookName]
) -> _Lane:
    lowered = text.lower()
    named = [
        each.pk
        for each in webhooks
        if lowered in each.label.lower() or lowered in each.address.lower()
    ]
    in_error = Q(last_error__icontains=text)
    if not may_see_followers(access):
        kept = access.rows(Destination).filter(managed_by=Managed.STATUS_PAGE)
        in_error &= ~Q(destination__in=kept.values("pk"))
    found = Q(event_type__icontains=text) | in_error | Q(reason__icontains=text)
    if named:
        found |= Q(destination__in=named)
    found |= Q(about__icontains=text)
    about = _events_of_rows().values("subject_label")[:1]
    return replace(
        lane,
        rows=lane.rows.alias(about=Subquery(about)),
        rest=lane.rest & found,
        limit=ROWS_SEARCHED,
    )


def _limit_to_times(lane: _Lane, filters: DeliveryFilters) -> _Lane:
    first = end = None
    if filters.since is not None:
        first = find_first_id(filters.since)
        if first is None:
            return replace(lane, rows=lane.rows.none(), limit=None)
    if filters.until is not None:
        end = find_first_id(clamp_time(filters.until) + 2 * SLACK)
    rest = lane.rest & filters.time_query()
    return replace(lane, rest=rest, first_id=first, end_id=end)


def _read(lane: _Lane, cursor: Cursor) -> DeliveryPage:
    """Read towards older rows."""
    rows = lane.between(above=None, below=cursor.before).order_by("-pk")
    edge = _find_edge(rows, lane)
    if edge:
        rows = lane.between(above=edge[0], below=cursor.before).order_by("-pk")
    found = list(show_rows(rows.filter(lane.rest))[: lane.page_size + 1])
    shown = found[: lane.page_size]
    newer = Cursor(after=cursor.before - 1) if cursor.before else None
    if len(found) > lane.page_size:
        return DeliveryPage(rows=shown, newer=newer, older=Cursor(before=shown[-1].pk))
    if edge is None:
        return DeliveryPage(rows=shown, newer=newer)
    return DeliveryPage(
        rows=shown,
        newer=newer,
        older=Cursor(before=edge[0] + 1),
        tested_count=lane.limit or 0,
        tested_until=edge[1],
    )


def _read_newer(lane: _Lane, after: int) -> DeliveryPage:
    """Read towards newer rows, and turn the page round."""
    rows = lane.between(above=after, below=None).order_by("pk")
    edge = _find_edge(rows, lane)
    if edge:
        rows = lane.between(above=after, below=edge[0]).order_by("pk")
    found = list(show_rows(rows.filter(lane.rest))[: lane.page_size + 1])
    shown = found[: lane.page_size][::-1]
    older = Cursor(before=after + 1)
    if len(found) > lane.page_size:
        return DeliveryPage(rows=shown, newer=Cursor(after=shown[0].pk), older=older)
    if edge is None:
        return DeliveryPage(rows=shown, older=older)
    return DeliveryPage(
        rows=shown,
        newer=Cursor(after=edge[0] - 1),
        older=older,
        tested_count=lane.limit or 0,
        tested_until=edge[1],
    )


def _find_edge(rows: QuerySet[Delivery], lane: _Lane) -> tuple[int, datetime] | None:
    """Return the first row that this page does not test, and its time."""
    if lane.limit is None or not lane.rest:
        return None
    after = rows.values_list("pk", flat=True)[lane.limit : lane.limit + 1]
    edge = list(
        Delivery.objects.filter(pk__in=list(after)).values_list("pk", "created_at")
    )
    return edge[0] if edge else None


def show_rows(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Bring what is shown of deliveries, and nothing that is large or secret."""
    return rows.select_related("event", "destination").only(
        *(f.attname for f in Delivery._meta.concrete_fields),
        "event__subject_label",
        "event__subject_id",
        "destination__label",
        "destination__kind",
        "destination__managed_by",
        "destination__shares_with",
        "destination__enabled",
        # What a delivery that is due may wait for.
        "destination__breaker_opened_at",
        "destination__consecutive_failures",
        "destination__probe_at",
        "destination__rate_per_minute",
        "destination__next_slot_at",
    )


def _equals(**values: Any) -> Q:
    return Q(**{name: value for name, value in values.items() if value})
