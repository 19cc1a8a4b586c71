"""Fetch a page under the address policy: redirects, conditions, retry hints.

Every hop of a redirect is checked as the first one was. What comes back is decoded
text, or the news that nothing is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.http import Fetched, Terms, fetch
from monitors.datatypes import Page
from monitors.decoding import decode_page, is_binary, read_content_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integrations_project.lib.net_policy import NetPolicy

MAX_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 5
TIMEOUT_SECONDS = 30.0
#: A site that asks for more is asked again at the schedule's next slot anyway.
MAX_RETRY_AFTER = timedelta(hours=10)
ACCEPT = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"
_MOVED = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 503})
_READABLE = ("text/", "application/json", "application/xml", "application/xhtml+xml")


class PageUnavailable(ProjectError):
    """The page could not be read."""

    code = "page_unavailable"
    permanent = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the last run was told, so that the site need not say it again."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPage:
    """An answer of a site, whatever its status."""

    url: str  #: after redirects
    status_code: int
    page: Page | None  #: None when nothing is new (304) or it is no text
    is_truncated: bool
    duration_ms: int
    etag: str
    last_modified: str
    retry_after: timedelta | None  #: as 429 and 503 ask for
    certificate_expires_at: datetime | None

    @property
    def is_unchanged(self) -> bool:
        """Whether the site says that nothing is new since the last run."""
        return self.status_code == 304


def add_parameters(url: str, parameters: Mapping[str, object]) -> str:
    """Return an address with query parameters put in, replacing those of a name."""
    if not parameters:
        return url
    parts = urlsplit(url)
    kept = [
        pair
        for pair in parts.query.split("&")
        if pair and pair.split("=", 1)[0] not in parameters
    ]
    query = "&".join([*kept, urlencode(parameters, doseq=True)])
    return urlunsplit(parts._replace(query=query))


def origin_of(url: str) -> str:
    """Return scheme, host and port, as manners are kept by: ``https://x.example``."""
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"


def fetch_page(
    url: str,
    *,
    policy: NetPolicy,
    now: datetime,
    conditions: Conditions | None = None,
    terms: Terms | None = None,
    before_hop: Callable[[str], None] | None = None,
) -> FetchedPage:
    """Fetch a page, following redirects.

    Args:
        url: As a person typed it.
        policy: Decides about every hop.
        now: What a Retry-After that is a date counts from.
        conditions: Sent to the first address only.
        terms: Times and sizes; the time is for each hop.
        before_hop: Called with the address of each redirect before it is followed;
            it may raise.

    Raises:
        UrlRefused: An address that cannot be used.
        AddressRefused: One that is refused.
        FetchFailed: No complete answer.
        PageUnavailable: Too many redirects, or one that leads nowhere.
    """
    terms = terms or Terms(timeout_seconds=TIMEOUT_SECONDS, max_bytes=MAX_BYTES)
    headers = [("Accept", ACCEPT), *_list_conditions(conditions)]
    spent_ms = 0
    for _ in range(MAX_REDIRECTS + 1):
        answer = fetch("GET", url, policy=policy, headers=headers, terms=terms)
        spent_ms += answer.duration_ms
        location = answer.header("Location") or ""
        if answer.status_code not in _MOVED or not location:
            return _build(url, answer, duration_ms=spent_ms, now=now)
        url = urljoin(url, location)
        headers = headers[:1]
        if before_hop is not None:
            before_hop(url)
    message = f"The page redirects more than {MAX_REDIRECTS} times; the last is {url}."
    raise PageUnavailable(message[:500], code="too_many_redirects")


def _list_conditions(conditions: Conditions | None) -> list[tuple[str, str]]:
    if conditions is None:
        return []
    named = {
        "If-None-Match": conditions.etag,
        "If-Modified-Since": conditions.last_modified,
    }
    return [(name, value) for name, value in named.items() if value]


def _build(
    url: str, answer: Fetched, *, duration_ms: int, now: datetime
) -> FetchedPage:
    media_type, charset = read_content_type(answer.header("Content-Type"))
    page = None
    if answer.status_code != 304 and _is_text(media_type):
        text = decode_page(answer.body, charset)
        if not is_binary(text):
            page = Page(url=url, content_type=media_type, text=text)
    return FetchedPage(
        url=url,
        status_code=answer.status_code,
        page=page,
        is_truncated=answer.is_truncated,
        duration_ms=duration_ms,
        etag=_kept(answer.header("ETag"), 500),
        last_modified=_kept(answer.header("Last-Modified"), 100),
        retry_after=_find_retry_after(answer, now=now),
        certificate_expires_at=answer.certificate_expires_at,
    )


def _is_text(media_type: str) -> bool:
    return (
        not media_type
        or media_type.startswith(_READABLE)
        or media_type.endswith(("+json", "+xml"))
    )


def _kept(value: str | None, length: int) -> str:
    """Return a header that can be sent back as it is, or nothing."""
    fits = value is not None and len(value) <= length and value.isprintable()
    return value if fits and value is not None else ""


def _find_retry_after(answer: Fetched, *, now: datetime) -> timedelta | None:
    if answer.status_code not in _BUSY:
        return None
    value = (answer.header("Retry-After") or "").strip()
    if value.isdecimal() and value.isascii():
        wait = timedelta(seconds=min(int(value[:9]), MAX_RETRY_AFTER.total_seconds()))
    else:
        wait = _until_date(value, now=now)
    return min(max(wait, timedelta()), MAX_RETRY_AFTER) or None


def _until_date(value: str, *, now: datetime) -> timedelta:
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return timedelta()
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware - now
