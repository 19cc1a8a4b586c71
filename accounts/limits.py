"""How often an address may ask where nobody is signed in, counted over all processes.

The counts are rows, so that any number of web processes share them; what is above a
limit writes nothing. It is for doors that few requests come to: receivers, which must
not need the database, count for themselves.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Value, When
from django.utils.crypto import salted_hmac

from accounts.models import RequestCount

SALT = "accounts.limits"
#: Whoever has one address of IPv6 has so many others: all of a network count as one.
IPV6_PREFIX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many requests from the first one on, until the time is over."""

    name: str  # what is counted, such as respond
    count: int
    seconds: int


def find_wait(limit: Limit, *who: str | None, now: datetime) -> int:
    """Return for how many seconds somebody has used up a limit; 0 when they have not.

    Args:
        limit: Which one.
        who: An address, and whatever else counts apart, such as a page.
        now: The time.
    """
    rows = RequestCount.objects.filter(
        key=_find_key(limit, who), count__gte=limit.count, expires_at__gt=now
    )
    expires_at = rows.values_list("expires_at", flat=True).first()
    return math.ceil((expires_at - now).total_seconds()) if expires_at else 0


def count_request(limit: Limit, *who: str | None, now: datetime) -> int:
    """Count one request, unless the limit is used up.

    Of requests at the same moment, in whatever processes, no more pass than may.

    Args:
        limit: Which one.
        who: An address, and whatever else counts apart.
        now: The time.

    Returns:
        For how many seconds to wait; 0 when it may pass.
    """
    if wait := find_wait(limit, *who, now=now):
        return wait
    key = _find_key(limit, who)
    row = _add(key, now=now, until=now + timedelta(seconds=limit.seconds))
    if row.count <= limit.count:
        return 0
    return max(1, math.ceil((row.expires_at - now).total_seconds()))


def forget_requests(limit: Limit, *who: str | None) -> None:
    """Begin anew, as after a right password."""
    RequestCount.objects.filter(key=_find_key(limit, who)).delete()


def clear_request_counts(*, now: datetime) -> int:
    """Forget counts whose time is over. Returns how many."""
    return RequestCount.objects.filter(expires_at__lte=now).delete()[0]


@transaction.atomic
def _add(key: str, *, now: datetime, until: datetime) -> RequestCount:
    is_over = When(expires_at__lte=now, then=Value(1))
    values = {
        "count": Case(is_over, default=F("count") + 1),
        "expires_at": Case(
            When(expires_at__lte=now, then=Value(until)), default=F("expires_at")
        ),
    }
    rows = RequestCount.objects.filter(key=key)
    if not rows.update(**values):
        try:
            with transaction.atomic():
                return RequestCount.objects.create(key=key, count=1, expires_at=until)
        except IntegrityError:  # the first two came at the same moment
            rows.update(**values)
    # Our own update holds the row until we commit, so this is what we made of it.
    return rows.get()


def _find_key(limit: Limit, who: tuple[str | None, ...]) -> str:
    """Return what is stored instead of an address, which is a person's."""
    parts = [limit.name, *(_find_owner(each or "") for each in who)]
    return salted_hmac(SALT, "\0".join(parts), algorithm="sha256").hexdigest()


def _find_owner(text: str) -> str:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return text
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, IPV6_PREFIX), strict=False))
