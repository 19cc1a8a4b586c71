"""What each answer of a page must be like, and what one lacks that is not. Pure.

    {"status_codes": [200], "text": ["In stock"], "no_text": ["Error"],
     "response_ms": 2000, "tls_days": 14}

Texts are looked for in the page as it was sent, without regard to case, with entities
read and white space made single.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitors.exceptions import InvalidSchedule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from monitors.fetching import FetchedPage

NAMES = ("status_codes", "text", "no_text", "response_ms", "tls_days")
MAX_TEXTS = 20
MAX_TEXT_LENGTH = 500
MAX_CODES = 50
MAX_RESPONSE_MS = 60_000
MAX_TLS_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What an answer must have; what is empty is not asked for."""

    status_codes: tuple[int, ...] = ()
    text: tuple[str, ...] = ()
    no_text: tuple[str, ...] = ()
    response_ms: int | None = None
    tls_days: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return them as a schedule stores them, without what is not asked for."""
        stored: dict[str, Any] = {
            "status_codes": list(self.status_codes),
            "text": list(self.text),
            "no_text": list(self.no_text),
            "response_ms": self.response_ms,
            "tls_days": self.tls_days,
        }
        return {name: value for name, value in stored.items() if value}


def parse_expectations(value: Any) -> Expectations:
    """Read what a person asks of each answer; nothing asks for nothing.

    A single status code or text may stand where a list does.

    Raises:
        InvalidSchedule: With a sentence that says what to write.
    """
    if not value:
        return Expectations()
    if not isinstance(value, dict):
        raise InvalidSchedule(
            'Write expectations as an object, such as {"status_codes": [200]}.'
        )
    if unknown := sorted(str(name) for name in value if name not in NAMES):
        known = ", ".join(NAMES)
        message = f"{unknown[0]!r:.60} is no expectation; choose one of: {known}."
        raise InvalidSchedule(message)
    return Expectations(
        status_codes=_read_codes(value.get("status_codes")),
        text=_read_texts(value.get("text"), "text"),
        no_text=_read_texts(value.get("no_text"), "no_text"),
        response_ms=_read_number(value, "response_ms", MAX_RESPONSE_MS, "milliseconds"),
        tls_days=_read_number(value, "tls_days", MAX_TLS_DAYS, "days"),
    )


def find_unmet(wanted: Expectations, fetched: FetchedPage, *, now: datetime) -> str:
    """Return which expectations an answer does not meet, as sentences; "" if none.

    Of an answer without a new page, 304, texts are not judged again.
    """
    return " ".join(_list_unmet(wanted, fetched, now=now))[:500]


def _list_unmet(
    wanted: Expectations, fetched: FetchedPage, *, now: datetime
) -> Iterator[str]:
    code = fetched.status_code
    if wanted.status_codes and code not in wanted.status_codes and code != 304:
        codes = " or ".join(map(str, wanted.status_codes))
        yield f"The page answered {code} instead of {codes}."
    yield from _list_unmet_texts(wanted, fetched)
    if wanted.response_ms is not None and fetched.duration_ms > wanted.response_ms:
        yield (
            f"The page took {fetched.duration_ms:,} ms to answer, more than "
            f"{wanted.response_ms:,} ms."
        )
    expires_at = fetched.certificate_expires_at
    if wanted.tls_days is not None and expires_at is not None:
        days = (expires_at - now).days
        if days < wanted.tls_days:
            unit = "day" if days == 1 else "days"
            yield (
                f"The certificate ends in {days} {unit}, on {expires_at:%Y-%m-%d}; "
                f"{wanted.tls_days} days were to be left."
            )


def _list_unmet_texts(wanted: Expectations, fetched: FetchedPage) -> Iterator[str]:
    if not (wanted.text or wanted.no_text) or fetched.is_unchanged:
        return
    text = "" if fetched.page is None else _fold(html.unescape(fetched.page.text))
    for each in wanted.text:
        if _fold(each) not in text:
            yield f"The page lacks the text {each!r:.120}."
    for each in wanted.no_text:
        if _fold(each) in text:
            yield f"The page has the text {each!r:.120}."


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _read_codes(value: Any) -> tuple[int, ...]:
    codes = value if isinstance(value, list) else [] if value is None else [value]
    if len(codes) > MAX_CODES or not all(
        isinstance(code, int) and not isinstance(code, bool) and 100 <= code <= 599
        for code in codes
    ):
        raise InvalidSchedule(
            "Write status codes from 100 to 599 as a list, such as [200, 204]."
        )
    return tuple(dict.fromkeys(codes))


def _read_texts(value: Any, name: str) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [] if value is None else [value]
    if len(texts) > MAX_TEXTS or not all(
        isinstance(text, str) and len(text) <= MAX_TEXT_LENGTH for text in texts
    ):
        message = (
            f"Write at most {MAX_TEXTS} texts of at most {MAX_TEXT_LENGTH} letters in "
            f'{name}, such as ["In stock"].'
        )
        raise InvalidSchedule(message)
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _read_number(
    value: dict[str, Any], name: str, highest: int, unit: str
) -> int | None:
    number = value.get(name)
    if number is None or number == "":
        return None
    is_whole = isinstance(number, int) and not isinstance(number, bool)
    if not is_whole or not 1 <= number <= highest:
        raise InvalidSchedule(f"{name} is 1 to {highest:,} {unit}.")
    return int(number)
