"""Reads a page once for a strategy that is not kept yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitors.actions.jobs import read_once
from monitors.actions.strategies import build_strategy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from accounts.models import Organization

#: What a person looks at; every run has all of them.
MAX_PREVIEWED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a strategy reads from its page today."""

    shown: list[dict[str, Any]]  #: the first `MAX_PREVIEWED`
    item_count: int
    notices: list[str]


def preview(
    organization: Organization, values: Mapping[str, Any], *, now: datetime
) -> Preview:
    """Read the page of a strategy that is not kept.

    Raises:
        ValidationError: The strategy cannot be used; the page was not asked for.
        ProjectError: The page cannot be read.
    """
    strategy = build_strategy(organization, values=values, now=now)
    found = read_once(strategy, url=strategy.url, now=now)
    return Preview(
        shown=[dict(item) for item in found.items[:MAX_PREVIEWED]],
        item_count=len(found.items),
        notices=list(found.notices),
    )
