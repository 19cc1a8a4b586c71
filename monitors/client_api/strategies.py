"""`/api/strategies`: how pages are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from django.utils import timezone
from rest_framework.response import Response

from monitors.actions import strategies as actions
from monitors.client_api.base import ClientResource, Pages, cut
from monitors.client_api.previewing import preview
from monitors.client_api.shapes import show_run, show_strategy
from monitors.client_api.strategy_inputs import (
    Changing,
    Generating,
    check_schema,
    read_strategy,
)
from monitors.client_api.unsupported import REFINE
from monitors.exceptions import NotSupported
from monitors.models import Job, Strategy

if TYPE_CHECKING:
    from rest_framework.request import Request

#: Of a strategy's runs; older ones are listed by ``/api/jobs`` with an offset.
MAX_HISTORY = 200


class Strategies(ClientResource):
    """Strategies: made from a page at once, with what was read from it."""

    model = Strategy
    slow_actions = frozenset({"generate"})

    def generate(self, request: Request) -> Response:
        """Read the page once; keep the strategy only when that worked."""
        given = self.read_input(Generating).validated_data
        values = read_strategy(given)
        found = preview(self.access.organization, values, now=timezone.now())
        now = timezone.now()
        strategy = actions.create_strategy(
            self.access.organization,
            values=values | {"preview_data": found.shown},
            actor=self.access.actor,
            now=now,
        )
        told = {
            "attempts": 1,
            "item_count": found.item_count,
            "notices": found.notices,
        }
        return Response(show_strategy(strategy) | told, status=201)

    def list(self, request: Request) -> Response:
        """The newest first."""
        rows = self.get_queryset().order_by("-created_at", "-pk")
        page = cut(rows, self.read_query(Pages))
        return Response([show_strategy(each) for each in page])

    def retrieve(self, request: Request, pk: str) -> Response:
        """One of them."""
        return Response(show_strategy(self.find(Strategy, pk)))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what was sent; the schedules that use it follow."""
        strategy = self.find(Strategy, pk)
        values = dict(self.read_input(Changing).validated_data)
        if "output_schema" in values:
            check_schema(strategy.scraper_type, values["output_schema"])
        changed = actions.change_strategy(
            strategy, values=values, actor=self.access.actor, now=timezone.now()
        )
        return Response(show_strategy(changed))

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete it with its schedules and runs."""
        strategy = self.find(Strategy, pk)
        actions.delete_strategy(strategy, actor=self.access.actor, now=timezone.now())
        message = f"The strategy {strategy.name} was deleted with its schedules."
        return Response({"message": message, "strategy_id": pk})

    def refine(self, request: Request, pk: str) -> NoReturn:
        """Say what to do instead."""
        self.find(Strategy, pk)
        raise NotSupported(REFINE)


class StrategyHistory(ClientResource):
    """`/api/jobs/strategies/<id>/history`: the runs of a strategy, newest first."""

    model = Strategy

    def list_runs(self, request: Request, pk: str) -> Response:
        """The last runs, without their results."""
        strategy = self.find(Strategy, pk)
        rows = self.access.rows(Job).filter(strategy=strategy).defer("results")
        page = rows.order_by("-pk")[:MAX_HISTORY]
        return Response([show_run(each) for each in page])
