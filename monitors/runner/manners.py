"""How sites want to be treated: robots.txt, read once a day, and distances."""

from __future__ import annotations

import functools
import ipaddress
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.http import Terms
from integrations_project.lib.net_policy import look_up
from monitors.exceptions import RobotsForbid
from monitors.fetching import fetch_page, origin_of
from monitors.robots import MAX_BYTES, find_delay_seconds, may_read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrations_project.lib.net_policy import IPAddress, NetPolicy

KEPT = timedelta(hours=24)
#: A site whose robots.txt is out of order is asked again soon.
KEPT_BROKEN = timedelta(minutes=5)
ROBOTS_TERMS = Terms(timeout_seconds=10, max_bytes=MAX_BYTES)
#: What one process remembers of redirects to other sites.
MAX_REMEMBERED, MAX_REMEMBERED_LENGTH = 500, 20_000
LOOK_UP_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """A site's robots.txt, as it was answered."""

    text: str
    status_code: int
    read_at: datetime

    @property
    def is_broken(self) -> bool:
        """Whether it forbids everything, because the site could not say."""
        return self.status_code >= 500

    def is_fresh(self, now: datetime) -> bool:
        """Whether it need not be read again."""
        return now - self.read_at < (KEPT_BROKEN if self.is_broken else KEPT)


class _Memory:
    """The robots.txt files that this process has read lately; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Robots] = OrderedDict()

    def get(self, origin: str) -> Robots | None:
        with self._lock:
            return self._kept.get(origin)

    def put(self, origin: str, robots: Robots) -> None:
        if len(robots.text) > MAX_REMEMBERED_LENGTH:
            return
        with self._lock:
            self._kept[origin] = robots
            self._kept.move_to_end(origin)
            while len(self._kept) > MAX_REMEMBERED:
                self._kept.popitem(last=False)


_memory = _Memory()


@dataclass(slots=True, kw_only=True)
class Manners:
    """What the sites of one run allow; asks them where nothing is known."""

    policy: NetPolicy
    now: datetime
    is_honoured: bool
    known: Mapping[str, Robots] = field(default_factory=dict)
    #: What was read now, to be kept.
    learnt: dict[str, Robots] = field(default_factory=dict)

    def check(self, url: str) -> None:
        """Refuse a page that its site does not want to be read.

        Raises:
            RobotsForbid: It is forbidden, or the site could not say.
            ProjectError: The site cannot be asked, as `fetch_page` says it.
        """
        if not self.is_honoured:
            return
        origin = name_origin(url)
        robots = self._find(origin)
        if may_read(url, text=robots.text, status_code=robots.status_code):
            return
        if robots.is_broken:
            raise RobotsForbid(
                f"{origin}/robots.txt was answered with {robots.status_code}, so "
                "nothing of this site may be read. Wait until it is mended, or switch "
                "robots.txt off for this monitor.",
                code="robots_unavailable",
                permanent=False,
            )
        raise RobotsForbid(
            f"{origin}/robots.txt forbids reading this page. Ask whoever runs the "
            "site, choose another page, or switch robots.txt off for this monitor."
        )

    def find_distance(self, url: str) -> timedelta:
        """Return how long the site is left alone after a fetch."""
        if is_own(url, self.policy):
            return timedelta()
        distance = timedelta(seconds=settings.MONITOR_HOST_DISTANCE_SECONDS)
        robots = self._recall(name_origin(url)) if self.is_honoured else None
        if robots is None or robots.is_broken:
            return distance
        return max(distance, timedelta(seconds=find_delay_seconds(robots.text)))

    def _find(self, origin: str) -> Robots:
        old = self._recall(origin)
        if old is not None and old.is_fresh(self.now):
            return old
        robots = self._ask(origin)
        if robots.is_broken and old is not None and not old.is_broken:
            # RFC 9309, 2.3.1.4: what was read before goes on counting.
            return old
        self.learnt[origin] = robots
        _memory.put(origin, robots)
        return robots

    def _recall(self, origin: str) -> Robots | None:
        found = [
            each
            for each in (
                self.learnt.get(origin),
                self.known.get(origin),
                _memory.get(origin),
            )
            if each is not None
        ]
        return max(found, key=lambda each: each.read_at, default=None)

    def _ask(self, origin: str) -> Robots:
        answer = fetch_page(
            f"{origin}/robots.txt",
            policy=self.policy,
            now=self.now,
            terms=ROBOTS_TERMS,
        )
        text = answer.page.text if answer.page else ""
        return Robots(text=text, status_code=answer.status_code, read_at=self.now)


def name_origin(url: str) -> str:
    """Return the host of an address as runs and hosts store it; "" when it has none."""
    try:
        return origin_of(url)[:300]
    except ValueError:  # brackets that do not close, for one
        return ""


def is_own(url: str, policy: NetPolicy) -> bool:
    """Whether a page is in a network of the operator's own; may ask a name server.

    Those that the operator let in by hand need no distance between two fetches.
    """
    if not policy.allowed_networks:
        return False
    try:
        target = policy.check_url(url)
    except ProjectError:
        return False
    if target.address is not None:
        return _is_among(target.address, policy)
    found = look_up(target.host, timeout_seconds=LOOK_UP_SECONDS)
    addresses = [ipaddress.ip_address(each.partition("%")[0]) for each in found]
    return bool(addresses) and all(_is_among(each, policy) for each in addresses)


@functools.lru_cache(maxsize=4096)
def is_own_address(url: str, policy: NetPolicy) -> bool:
    """Whether an address, not a name, leads to a network of the operator's own."""
    try:
        address = policy.check_url(url).address
    except ProjectError:
        return False
    return address is not None and _is_among(address, policy)


def _is_among(address: IPAddress, policy: NetPolicy) -> bool:
    return any(address in network for network in policy.allowed_networks)
