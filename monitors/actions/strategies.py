"""What people do to strategies: make, change, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from accounts.actions import list_changes, record_audit
from monitors.actions.schedules import let_go, lock_schedules
from monitors.addresses import find_page_error
from monitors.exceptions import MonitorError
from monitors.extractors.css import is_shape_only, parse_css_spec
from monitors.extractors.json import parse_json_spec
from monitors.filtering import parse_filter_config
from monitors.hashing import compile_patterns
from monitors.keeping import bound_items, clean_given
from monitors.models import Job, Strategy
from monitors.parameters import find_parameters_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from accounts.datatypes import Actor
    from accounts.models import Organization

#: What decides what is read, and what counts as a change.
READING_FIELDS = (
    "scraper_type",
    "output_schema",
    "filter_config",
    "ignored_patterns",
    "ignored_fields",
    "key_field",
    "is_ordered",
)
#: What people edit.
FIELDS = ("name", "description", "url", "parameters", *READING_FIELDS)
MAX_IGNORED_FIELDS = 50
SHAPE_ONLY = (
    "The schema says which values are wanted, but not where they are: that takes a "
    "language model, which Signalpost does not have. Give each field a CSS selector, "
    'such as {"items": ".product", "fields": {"title": "h2", "price": ".price"}}; or '
    "choose content, which needs no schema."
)


def build_strategy(
    organization: Organization, *, values: Mapping[str, Any], now: datetime
) -> Strategy:
    """Return a strategy as `create_strategy` would make it; writes nothing.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    strategy = Strategy(organization=organization, created_at=now, read_anew_at=now)
    _take(strategy, values)
    _check(strategy)
    return strategy


@transaction.atomic
def create_strategy(
    organization: Organization,
    *,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Strategy:
    """Make a strategy.

    Args:
        organization: Whose it is.
        values: Any of `FIELDS` by name, and ``preview_data``: the items that were
            read when it was tried, kept to be shown again.
        actor: Who does it.
        now: When.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    strategy = build_strategy(organization, values=values, now=now)
    strategy.save(force_insert=True)
    record_audit(
        organization=organization,
        actor=actor,
        action="strategy.created",
        target=strategy,
        changes=list_changes({}, _values(strategy)),
    )
    return strategy


@transaction.atomic
def change_strategy(
    strategy: Strategy, *, values: Mapping[str, Any], actor: Actor, now: datetime
) -> Strategy:
    """Change a strategy; fields that are not named stay.

    When the page is read otherwise from now on, the next run of each page is a first
    one: it has no changes, since what it would be compared with was read otherwise,
    and the whole page is asked for.

    Raises:
        ValidationError: With a sentence for each field; nothing was written.
    """
    stored = Strategy.objects.select_for_update().get(pk=strategy.pk)
    before = _values(stored)
    _take(strategy, values)
    _check(strategy)
    after = _values(strategy)
    if any(before[name] != after[name] for name in READING_FIELDS):
        strategy.read_anew_at = now
        _forget_conditions(strategy)
    strategy.save()
    if changes := list_changes(before, after):
        record_audit(
            organization=strategy.organization,
            actor=actor,
            action="strategy.updated",
            target=strategy,
            changes=changes,
        )
    return strategy


@transaction.atomic
def delete_strategy(strategy: Strategy, *, actor: Actor, now: datetime) -> None:
    """Remove a strategy with its schedules and its runs."""
    record_audit(
        organization=strategy.organization,
        actor=actor,
        action="strategy.deleted",
        target=strategy,
    )
    schedules = list(strategy.schedules.select_related("destination"))
    lock_schedules([schedule.pk for schedule in schedules])
    for schedule in schedules:
        let_go(schedule, actor=actor, now=now)
    strategy.delete()


def find_schema_error(scraper_type: str, schema: Any) -> str:
    """Return why a page cannot be read by a schema, or an empty text."""
    if not isinstance(schema, dict):
        return 'Write the schema as an object, such as {"title": "h1"}.'
    try:
        if scraper_type == Strategy.ScraperType.CSS:
            if schema and is_shape_only(schema):
                return SHAPE_ONLY
            parse_css_spec(schema)
        elif scraper_type == Strategy.ScraperType.JSON:
            parse_json_spec(schema)
    except MonitorError as error:
        return error.message
    return ""


def _take(strategy: Strategy, values: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in values:
            value = clean_given(values[name])
            field: Any = Strategy._meta.get_field(name)
            default = field.get_default()
            setattr(strategy, name, default if value is None else value)
    if "preview_data" in values:
        strategy.preview_data = bound_items(values["preview_data"] or []).items
    for name in ("name", "url", "key_field"):
        value = getattr(strategy, name)
        if isinstance(value, str):
            setattr(strategy, name, value.strip())


def _check(strategy: Strategy) -> None:
    errors: dict[str, Any] = {}
    try:
        strategy.full_clean(validate_constraints=False)
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    found = {
        "output_schema": find_schema_error(
            strategy.scraper_type, strategy.output_schema
        ),
        "url": find_page_error(strategy.url) if strategy.url else "",
        "parameters": find_parameters_error(strategy.parameters),
        "filter_config": _find_error(parse_filter_config, strategy.filter_config),
        "ignored_patterns": _find_patterns_error(strategy.ignored_patterns),
        "ignored_fields": _find_fields_error(strategy.ignored_fields),
    }
    for name, sentence in found.items():
        if sentence and name not in errors:
            errors[name] = [sentence]
    if errors:
        raise ValidationError(errors)


def _find_error(parse: Callable[[Any], object], value: Any) -> str:
    try:
        parse(value)
    except MonitorError as error:
        return error.message
    return ""


def _find_patterns_error(patterns: Any) -> str:
    if not _is_texts(patterns):
        return 'Write the patterns as a list, such as ["\\\\d+ views"].'
    return _find_error(compile_patterns, tuple(patterns))


def _find_fields_error(names: Any) -> str:
    if not _is_texts(names) or len(names) > MAX_IGNORED_FIELDS:
        return (
            f"Write at most {MAX_IGNORED_FIELDS} names of fields as a list, such as "
            '["updated"].'
        )
    return ""


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _forget_conditions(strategy: Strategy) -> None:
    """Ask for whole pages: "nothing new" would keep what was read otherwise."""
    Job.objects.filter(strategy=strategy).exclude(
        Q(etag="") & Q(last_modified="")
    ).update(etag="", last_modified="")


def _values(strategy: Strategy) -> dict[str, Any]:
    return {name: getattr(strategy, name) for name in FIELDS}
