"""What makes a strategy: what the client sends, and what it means here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from integrations_project.lib.api.fields import Choice, Flag, Words
from integrations_project.lib.api.serializers import Input
from monitors.client_api.fields import Line, Object, PageUrl, Parameters
from monitors.client_api.unsupported import FORCE_API, FREE_TEXT, GROUPS, SHAPE_ONLY
from monitors.exceptions import NotSupported
from monitors.extractors.css import is_shape_only
from monitors.models import Strategy

if TYPE_CHECKING:
    from collections.abc import Mapping

ScraperType = Strategy.ScraperType
#: What the client's own service calls them.
ALIASES = {"api": ScraperType.JSON}
#: Fields of a strategy that are set as they are sent.
PLAIN = (
    "url",
    "filter_config",
    "parameters",
    "ignored_patterns",
    "ignored_fields",
    "key_field",
    "is_ordered",
)
_JSON_NAMES = frozenset({"items", "fields"})


class Extracting(Input):
    """What may be said of a strategy wherever one is made or changed."""

    output_schema = Object(required=False)
    filter_config = Object(required=False)
    parameters = Parameters(required=False)
    ignored_patterns = Words(example=r"\\d+ views", required=False)
    ignored_fields = Words(example="updated", required=False)
    key_field = Line(required=False, allow_blank=True, max_length=100)
    is_ordered = Flag(required=False)


class Making(Extracting):
    """What a new strategy is made from."""

    url = PageUrl()
    scraper_type = Choice(
        required=False, choices=(*Strategy.ScraperType.values, *ALIASES)
    )
    force_api = Flag(required=False)
    # Whatever is sent is answered with a sentence about groups.
    strategy_group_id = serializers.JSONField(required=False)


class Generating(Making):
    """What ``generate_strategy`` and ``extract_content`` send."""

    name = Line(max_length=200)
    description = Line(required=False, default="", allow_blank=True, max_length=2_000)


class Changing(Extracting):
    """What ``update_strategy`` sends, and what may be changed beside it."""

    name = Line(required=False, max_length=200)
    description = Line(required=False, allow_blank=True, max_length=2_000)


def read_strategy(
    given: Mapping[str, Any], *, default_type: str = ""
) -> dict[str, Any]:
    """Return the values of a new strategy.

    Args:
        given: Values of `Making`, and ``name`` and ``description``.
        default_type: How the page is read when nothing says it.

    Raises:
        NotSupported: It would take a language model; the sentence says what to send.
    """
    if given.get("strategy_group_id") is not None:
        raise NotSupported(GROUPS)
    scraper_type = _find_type(given, default_type)
    schema = given.get("output_schema") or {}
    check_schema(scraper_type, schema)
    return {
        "name": given["name"],
        "description": given["description"],
        "scraper_type": scraper_type,
        "output_schema": schema,
        **{name: given[name] for name in PLAIN if name in given},
    }


def check_schema(scraper_type: str, schema: dict[str, Any]) -> None:
    """Refuse a schema that would be passed over, or that only a model could use.

    Raises:
        NotSupported: It says what the values are, not where.
        ValidationError: It would be passed over, or some of it.
    """
    match scraper_type:
        case ScraperType.CONTENT if schema:
            message = (
                "A content strategy has no output_schema: its items are the sections "
                'of the page. Leave one of them out, or send scraper_type "css".'
            )
            raise serializers.ValidationError({"output_schema": [message]})
        case ScraperType.CSS if schema and is_shape_only(schema):
            raise NotSupported(SHAPE_ONLY)
        case ScraperType.JSON if schema.keys() - _JSON_NAMES:
            message = (
                'Write paths such as {"items": "data.products[]", "fields": '
                '{"title": "name"}}; there is nothing else in it.'
            )
            raise serializers.ValidationError({"output_schema": [message]})
        case _:
            return


def _find_type(given: Mapping[str, Any], default_type: str) -> str:
    named = given.get("scraper_type", "")
    scraper_type: str = ALIASES.get(named, named)
    if given.get("force_api") and scraper_type != ScraperType.JSON:
        raise NotSupported(FORCE_API)
    if scraper_type:
        return scraper_type
    if given.get("output_schema"):
        return ScraperType.CSS
    if not default_type:
        raise NotSupported(FREE_TEXT)
    return default_type
