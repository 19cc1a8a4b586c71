"""What the client can ask and Signalpost does not have: 422, and what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from monitors.client_api.base import ClientResource
from monitors.exceptions import NotSupported

if TYPE_CHECKING:
    from rest_framework.request import Request

GROUPS = (
    "Strategy groups are not supported. Give one schedule several pages in urls, or "
    "make a schedule for each strategy; a rule on monitor.job_completed tells them all "
    "to one webhook."
)
WORKFLOWS = (
    "Workflows are not supported. Make a schedule for each step with "
    "POST /api/schedules, with all its pages in urls."
)
REFINE = (
    "Refining takes a language model, which Signalpost does not have. Make another "
    'strategy with POST /api/strategies/generate: scraper_type "content", or CSS '
    "selectors in output_schema."
)
FREE_TEXT = (
    "Extraction by description takes a language model, which Signalpost does not have. "
    'Send scraper_type "content" to watch the text of the page section by section; or '
    'CSS selectors in output_schema, such as {"items": ".product", "fields": '
    '{"title": "h2", "link": "a@href"}}; or, for a JSON API, scraper_type "json" and '
    'paths in output_schema, such as {"items": "data.products[]", "fields": '
    '{"title": "name"}}.'
)
SHAPE_ONLY = (
    "output_schema says which types the values have, but not where they are: finding "
    "them takes a language model, which Signalpost does not have. Write CSS selectors "
    'instead of the types, such as {"items": ".product", "fields": {"title": "h2", '
    '"price": {"selector": ".price", "type": "number"}}}, or send scraper_type '
    '"content" without output_schema.'
)
FORCE_API = (
    "Finding the API behind a page takes a browser and a language model. Send the "
    'address of the API itself as url, with scraper_type "json" and paths in '
    'output_schema, such as {"items": "data.products[]", "fields": {"title": "name"}}.'
)


class Unsupported(ClientResource):
    """Answers every method of every address below with the same sentence."""

    sentence = ""

    def refuse(self, request: Request) -> NoReturn:
        """Say what to do instead."""
        raise NotSupported(self.sentence)


class StrategyGroups(Unsupported):
    """Strategy groups: not here."""

    sentence = GROUPS


class Workflows(Unsupported):
    """Workflows: not here."""

    sentence = WORKFLOWS
