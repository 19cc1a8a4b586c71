"""Take runs for work, give them back, and find those that were lost.

A claim is a conditional update that pushes a lease forward: whatever happens to the
runner, the run falls back to the others when the lease ends. So it is with hosts: who
fetches from one moves its `next_at`, and one of them gets it. Rows are locked and
locked ones passed over on PostgreSQL; on SQLite the transaction is the only writer.
All times are the database's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.expressions import RawSQL

from integrations_project.lib.clock import database_now
from monitors.addresses import page_policy
from monitors.models import Host, Job, Runner, Schedule
from monitors.runner.manners import is_own_address, name_origin

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

#: A runner renews its leases long before they end.
LEASE = timedelta(seconds=60)
#: A host whose fetcher is gone is free again after so long at the latest.
HOST_LEASE = timedelta(seconds=120)
#: Pages of the operator's own network, named by address, are read so many at a time.
OWN_AT_A_TIME = 8
#: Looked at in one go; several of them may be of one host.
MAX_LOOK = 300
#: After so many lost claims a run is given up.
MAX_LOST = 3
#: Said as the partial indexes say it; SQLite does not take them otherwise.
UNFINISHED = RawSQL(
    "monitors_job.status IN ('pending', 'running')",
    (),
    output_field=models.BooleanField(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much a runner can take."""

    limit: int
    #: Runs that are under way here, by the host's origin.
    busy: Mapping[str, int] = field(default_factory=dict)
    #: Only one of those; None is any.
    job_ids: Collection[UUID] | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    id: UUID
    origin: str
    is_own: bool


def claim_jobs(
    owner: UUID, room: Room, *, lease: timedelta = LEASE
) -> tuple[list[Job], bool]:
    """Claim runs that are due, the longest due first.

    One of each host at a time, and none of a host that wants to be left alone.

    Returns:
        The runs, with strategy and schedule, and whether there may be more.
    """
    if room.limit <= 0:
        return [], False
    # Without a lock: most looks find nothing.
    candidates = _look(room)
    if not candidates:
        return [], False
    chosen = _choose(candidates, room)
    ids = _take(owner, chosen, lease=lease)
    jobs = Job.objects.filter(pk__in=ids, lease_owner=owner)
    found = list(jobs.select_related("strategy", "schedule").order_by("pk"))
    return found, len(chosen) >= room.limit or len(candidates) >= MAX_LOOK


def _look(room: Room) -> list[_Candidate]:
    waiting = claimable(database_now())
    if room.job_ids is not None:
        waiting = waiting.filter(pk__in=room.job_ids)
    policy = page_policy()
    rows = waiting.order_by("due_at").only("pk", "origin", "url")[:MAX_LOOK]
    return [
        _Candidate(row.pk, find_origin(row), is_own_address(row.url, policy))
        for row in rows
    ]


def find_origin(job: Job) -> str:
    """Return the host whose manners count for a run; "" when its address has none."""
    return job.origin or name_origin(job.url)


def claimable(now: datetime) -> models.QuerySet[Job]:
    """Return the runs that are due and whose hosts may be asked now."""
    closed = Host.objects.filter(origin=OuterRef("origin"), next_at__gt=now)
    return Job.objects.filter(
        UNFINISHED, ~Exists(closed), status=Job.Status.PENDING, due_at__lte=now
    )


def _choose(candidates: list[_Candidate], room: Room) -> list[_Candidate]:
    taken = Counter(room.busy)
    chosen: list[_Candidate] = []
    for each in candidates:
        if len(chosen) >= room.limit:
            break
        if taken[each.origin] < (OWN_AT_A_TIME if each.is_own else 1):
            taken[each.origin] += 1
            chosen.append(each)
    return chosen


def _take(owner: UUID, chosen: list[_Candidate], *, lease: timedelta) -> list[UUID]:
    shared = {each.origin for each in chosen if not each.is_own}
    now = database_now()
    with transaction.atomic():
        free = _reserve_hosts(shared, now)
        wanted = [each.id for each in chosen if each.is_own or each.origin in free]
        waiting = Job.objects.filter(pk__in=wanted, status=Job.Status.PENDING)
        locked = waiting.select_for_update(skip_locked=True, of=("self",))
        ids = list(locked.order_by().values_list("pk", flat=True))
        Job.objects.filter(pk__in=ids, status=Job.Status.PENDING).update(
            status=Job.Status.RUNNING,
            lease_owner=owner,
            due_at=now + lease,
            started_at=now,
        )
        missed = free - {each.origin for each in chosen if each.id in set(ids)}
        Host.objects.filter(origin__in=missed).update(next_at=now)
    return ids


def _reserve_hosts(origins: set[str], now: datetime) -> set[str]:
    """Return those hosts that are ours now; the others are being asked by somebody."""
    if not origins:
        return set()
    known = set(
        Host.objects.filter(origin__in=origins).values_list("origin", flat=True)
    )
    new = [Host(origin=each, next_at=now) for each in sorted(origins - known)]
    if new:
        Host.objects.bulk_create(new, ignore_conflicts=True)
    locked = Host.objects.select_for_update(skip_locked=True).filter(
        origin__in=origins, next_at__lte=now
    )
    free = set(locked.values_list("origin", flat=True))
    Host.objects.filter(origin__in=free).update(next_at=now + HOST_LEASE)
    return free


def reserve_host(origin: str) -> datetime | None:
    """Take a host for one fetch; returns None, or when it may be tried again."""
    now = database_now()
    with transaction.atomic():
        if _reserve_hosts({origin}, now):
            return None
    row = Host.objects.filter(pk=origin).first()
    return row.next_at if row else now


def renew(owner: UUID, job_ids: Collection[UUID]) -> int:
    """Push the leases of runs that are under way forward; returns how many are ours."""
    held = Job.objects.filter(UNFINISHED, pk__in=job_ids, lease_owner=owner)
    return held.update(due_at=database_now() + LEASE)


def give_back(owner: UUID, job_ids: Collection[UUID]) -> int:
    """Return runs that were not ended: due at once, nothing counted."""
    held = Job.objects.filter(
        UNFINISHED, pk__in=job_ids, lease_owner=owner, status=Job.Status.RUNNING
    )
    return _free(held, lost=0)


def give_back_but(owner: UUID, known_ids: Collection[UUID]) -> int:
    """Return our runs that we do not know of: a confirmation got lost."""
    held = Job.objects.filter(UNFINISHED, lease_owner=owner, status=Job.Status.RUNNING)
    return _free(held.exclude(pk__in=known_ids), lost=0)


def take_back_lost(owner: UUID) -> list[Job]:
    """Free the runs of runners that are gone, and those whose leases have ended.

    Returns:
        Those that were lost too often: they are `owner`'s now, to be failed.
    """
    now = database_now()
    gone = Runner.objects.gone().filter(pk=OuterRef("lease_owner"))
    lost = Job.objects.filter(
        UNFINISHED, models.Q(due_at__lt=now) | Exists(gone), status=Job.Status.RUNNING
    )
    if not lost.exists():
        return []
    with transaction.atomic():
        locked = lost.select_for_update(skip_locked=True, of=("self",))
        found = list(locked.order_by().values_list("pk", "lost_count"))
        again = [pk for pk, count in found if count + 1 < MAX_LOST]
        hopeless = [pk for pk, count in found if count + 1 >= MAX_LOST]
        _free(Job.objects.filter(pk__in=again), lost=1)
        Job.objects.filter(pk__in=hopeless).update(
            lease_owner=owner, due_at=now + LEASE, lost_count=F("lost_count") + 1
        )
    if not hopeless:
        return []
    rows = Job.objects.filter(pk__in=hopeless, lease_owner=owner)
    return list(rows.select_related("strategy", "schedule"))


def _free(jobs: models.QuerySet[Job], *, lost: int) -> int:
    now = database_now()
    held = list(jobs.values_list("origin", "started_at"))
    count = jobs.update(
        status=Job.Status.PENDING,
        due_at=now,
        lease_owner=None,
        started_at=None,
        lost_count=F("lost_count") + lost,
    )
    for origin, started_at in held:
        # Whoever fetched from it does so no more. A host that asked to be left alone
        # has another time than the claim gave it.
        if started_at is not None:
            reserved = Host.objects.filter(pk=origin, next_at=started_at + HOST_LEASE)
            reserved.update(next_at=now)
    return count


def has_due_work(*, late_by: timedelta = timedelta()) -> bool:
    """Whether a run waits that could be claimed now, or a slot that nobody took.

    Args:
        late_by: Only what has been due for so long.
    """
    now = database_now()
    since = now - late_by
    due = Schedule.objects.filter(enabled=True, next_run_at__lte=since)
    return due.exists() or claimable(now).filter(due_at__lte=since).exists()
