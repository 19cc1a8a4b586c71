"""`/api/watch`: a strategy and its schedule in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from rest_framework.response import Response

from integrations_project.lib.api.fields import write_time
from monitors.actions.schedules import create_schedule
from monitors.actions.strategies import create_strategy
from monitors.actions.telling import plan_telling
from monitors.client_api.base import ClientResource
from monitors.client_api.previewing import preview
from monitors.client_api.schedule_inputs import (
    DEFAULT_INTERVAL_SECONDS,
    Watching,
    read_schedule,
)
from monitors.client_api.strategy_inputs import read_strategy
from monitors.models import Schedule, Strategy

if TYPE_CHECKING:
    from rest_framework.request import Request

MAX_NAME_LENGTH = 200


class Watches(ClientResource):
    """Watch a page: section by section unless selectors are sent.

    The client sends only a description of what to watch. No model reads it here: the
    whole text of the page is watched, and the description is kept to be read.
    """

    slow_actions = frozenset({"create"})

    def create(self, request: Request) -> Response:
        """Read the page once; keep strategy and schedule only when that worked."""
        given = dict(self.read_input(Watching).validated_data)
        given["name"] = given.get("name") or name_after(given["url"])
        values = read_strategy(given, default_type=Strategy.ScraperType.CONTENT)
        timing = _read_timing(given)
        # Looks up a host: once before the transaction, so that it is short.
        plan_telling(Schedule(organization=self.access.organization), timing, label="")
        found = preview(self.access.organization, values, now=timezone.now())
        now = timezone.now()
        with transaction.atomic():
            strategy = create_strategy(
                self.access.organization,
                values=values | {"preview_data": found.shown},
                actor=self.access.actor,
                now=now,
            )
            schedule, secret = create_schedule(
                self.access.organization,
                strategy=strategy,
                values=timing,
                actor=self.access.actor,
                now=now,
            )
        answer = {
            "strategy_id": str(strategy.pk),
            "schedule_id": str(schedule.pk),
            "name": strategy.name,
            "scraper_type": strategy.scraper_type,
            "preview_data": strategy.preview_data,
            "item_count": found.item_count,
            "notices": found.notices,
            "next_run_at": write_time(schedule.next_run_at),
        }
        shown_once = {"webhook_secret": secret} if secret else {}
        return Response(answer | shown_once, status=201)


def name_after(url: str) -> str:
    """Return a name for what is watched: the address without its scheme."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rstrip("/")[:MAX_NAME_LENGTH]


def _read_timing(given: dict[str, Any]) -> dict[str, Any]:
    """Return the values of the schedule; once an hour unless something is said."""
    if not given.get("cron_expression") and not given.get("interval_seconds"):
        given = given | {"interval_seconds": DEFAULT_INTERVAL_SECONDS}
    values = read_schedule(given)
    # These are the strategy's here; a schedule overrides nothing of its own.
    return {n: v for n, v in values.items() if n not in ("parameters", "name")}
