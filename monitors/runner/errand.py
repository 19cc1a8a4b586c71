"""One run as it is carried out: fetch, read, filter. Touches no database.

So it may run in any thread; what is to be stored is in the `Outcome`.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID

from integrations_project.lib.exceptions import ProjectError
from monitors.datatypes import Extraction
from monitors.exceptions import ExtractionFailed, RunFailed, UnexpectedStatus
from monitors.fetching import (
    Conditions,
    FetchedPage,
    PageUnavailable,
    fetch_page,
    origin_of,
)
from monitors.filtering import filter_items
from monitors.runner.manners import Manners

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from integrations_project.lib.net_policy import NetPolicy
    from monitors.datatypes import Page
    from monitors.runner.manners import Robots

    #: (page, scraper_type=…, schema=…) -> what is read from it
    Reader = Callable[..., Extraction]

logger = logging.getLogger(__name__)

#: For the page and all of its redirects; each has its own limit, too.
MAX_FETCH_SECONDS = 45.0
INTERNAL = "The run failed inside Signalpost, which has logged why."


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is to be fetched, and how it is read."""

    job_id: UUID | None  #: None for a preview
    url: str  #: with its parameters
    origin: str
    scraper_type: str
    schema: Any
    filter_config: Any = None
    #: What the site was told to be known; an answer may be that nothing is new.
    conditions: Conditions | None = None
    #: Statuses beside 2xx that are no failure.
    accepted_statuses: frozenset[int] = frozenset()
    honours_robots: bool = True
    robots: Mapping[str, Robots] = field(default_factory=dict)  #: by origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an errand went; either `error` or `fetched` is set, or both."""

    errand: Errand
    fetched: FetchedPage | None = None
    extraction: Extraction | None = None  #: None also when nothing is new
    error: ProjectError | None = None
    robots: Mapping[str, Robots] = field(default_factory=dict)  #: read on the way
    #: How long the site is to be left alone now.
    distance: timedelta = timedelta()
    asks_to_wait: bool = False  #: the site itself said so

    @property
    def size(self) -> int:
        """Letters that are held in memory for it, about."""
        page = self.fetched.page if self.fetched else None
        return len(page.text) if page else 0


def carry_out(
    errand: Errand, *, read: Reader, policy: NetPolicy, now: datetime
) -> Outcome:
    """Do it; whatever goes wrong is in the outcome as an error with a sentence."""
    manners = Manners(
        policy=policy,
        now=now,
        is_honoured=errand.honours_robots,
        known=errand.robots,
    )
    outcome = Outcome(errand=errand)
    try:
        fetched = _fetch(errand, manners)
        outcome = replace(outcome, fetched=fetched)
        _check_status(errand, fetched)
        if not fetched.is_unchanged:
            extraction = _read(errand, fetched, read)
            outcome = replace(outcome, extraction=extraction)
    except ProjectError as error:
        outcome = replace(outcome, error=error)
    except Exception:
        logger.exception("run failed job=%s", errand.job_id)
        outcome = replace(outcome, error=RunFailed(INTERNAL, code="internal"))
    return _note_manners(outcome, manners)


def _fetch(errand: Errand, manners: Manners) -> FetchedPage:
    manners.policy.check_url(errand.url)
    manners.check(errand.url)
    begun = time.monotonic()

    def before_hop(url: str) -> None:
        if time.monotonic() - begun > MAX_FETCH_SECONDS:
            message = (
                f"The page and its redirects took longer than {MAX_FETCH_SECONDS:.0f} "
                "seconds. Watch the address that they lead to."
            )
            raise PageUnavailable(message, code="redirects_too_slow")
        if origin_of(url) != errand.origin:
            manners.check(url)

    try:
        return fetch_page(
            errand.url,
            policy=manners.policy,
            now=manners.now,
            conditions=errand.conditions,
            before_hop=before_hop,
        )
    except ValueError as error:  # from taking the address apart, as in http://[x
        message = "The page redirects to something that is no address."
        raise PageUnavailable(message, code="bad_redirect") from error


def _check_status(errand: Errand, fetched: FetchedPage) -> None:
    code = fetched.status_code
    is_expected = 200 <= code < 300 or code in errand.accepted_statuses
    if is_expected or (fetched.is_unchanged and errand.conditions is not None):
        return
    message = f"The page was answered with {_name_status(code)}."
    if fetched.retry_after is not None:
        seconds = fetched.retry_after.total_seconds()
        message += f" The site asks to be left alone for {seconds:,.0f} seconds."
    raise UnexpectedStatus(message, code=f"http_{code}")


def _name_status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def _read(errand: Errand, fetched: FetchedPage, read: Reader) -> Extraction:
    page: Page | None = fetched.page
    if page is None:
        raise ExtractionFailed(
            "The address was answered with something that is no text, such as an "
            "image or an archive. Watch a page, or a JSON document.",
            code="not_text",
        )
    extraction = read(page, scraper_type=errand.scraper_type, schema=errand.schema)
    items = filter_items(extraction.items, errand.filter_config)
    return Extraction(items=items, notices=extraction.notices)


def _note_manners(outcome: Outcome, manners: Manners) -> Outcome:
    fetched = outcome.fetched
    wait = fetched.retry_after if fetched else None
    return replace(
        outcome,
        robots=dict(manners.learnt),
        distance=wait or manners.find_distance(outcome.errand.url),
        asks_to_wait=wait is not None,
    )
