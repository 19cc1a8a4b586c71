"""Put values on a schedule as people and programs send them, and check them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from monitors.addresses import find_page_error
from monitors.exceptions import MonitorError
from monitors.expectations import parse_expectations
from monitors.keeping import clean_given, measure
from monitors.models import Schedule
from monitors.parameters import find_parameters_error
from monitors.timing import find_next_slot, read_zone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MAX_URLS = 200
MAX_METADATA_BYTES = 16 * 1024
TIMING_FIELDS = ("interval_seconds", "cron_expression", "time_zone")
#: Taken as they are; what is None takes the field's default.
PLAIN_FIELDS = (
    "name",
    "time_zone",
    "parameters",
    "enabled",
    "honours_robots",
    "webhook_metadata",
    "service",
    "expectations",
    "failure_status",
    "failure_threshold",
    "auto_create_incidents",
    "incident_severity",
)
#: What the audit log compares.
FIELDS = (
    *PLAIN_FIELDS,
    "strategy",
    "urls",
    "is_batch",
    "interval_seconds",
    "cron_expression",
    "webhook_type",
)
BOTH_URLS = "Write url or urls, not both."
BOTH_TIMES = "Write interval_seconds or cron_expression, not both."
NO_TIME = "Say when it runs: interval_seconds, 60 or more, or a cron_expression."
NO_URL = "Write the address of a page, such as https://example.com/prices."


def take_values(schedule: Schedule, values: Mapping[str, Any]) -> list[Any] | None:
    """Put values on a schedule; those that are not named stay.

    ``url`` or ``urls``: one page or a list, each takes the other's place.
    ``interval_seconds`` or ``cron_expression``: likewise. Further ones are
    `PLAIN_FIELDS` by name, and ``networks``. Those of the webhook are read by
    `monitors.actions.telling.plan_telling`.

    Returns:
        The networks that it is limited to now; None when they are not named.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    errors: dict[str, list[str]] = {}
    for name in PLAIN_FIELDS:
        if name in values:
            value = clean_given(values[name])
            field: Any = Schedule._meta.get_field(name)
            default = field.get_default()
            setattr(schedule, name, default if value is None else value)
    for take in (_take_urls, _take_times):
        field, sentence = take(schedule, values)
        if sentence:
            errors[field] = [sentence]
    networks = None
    if values.get("networks") is not None:
        networks = list(values["networks"])
    errors |= _find_errors(schedule, networks, known=errors)
    if errors:
        raise ValidationError(errors)
    return networks


def settle_timing(schedule: Schedule, *, now: datetime) -> None:
    """Give a schedule its next slot, counted from now."""
    schedule.next_run_at = find_next_slot(schedule, last=now, now=now)


def list_values(schedule: Schedule) -> dict[str, Any]:
    """Return what the audit log compares, by name."""
    values = {name: getattr(schedule, name) for name in FIELDS}
    return values | {"webhook_url": schedule.webhook_url}


def _take_urls(schedule: Schedule, values: Mapping[str, Any]) -> tuple[str, str]:
    url, urls = values.get("url"), values.get("urls")
    if url and urls:
        return "urls", BOTH_URLS
    if urls:
        schedule.urls, schedule.is_batch = urls, True
    elif url:
        schedule.urls, schedule.is_batch = [url], False
    elif "url" in values or "urls" in values:
        return ("url" if "url" in values else "urls"), NO_URL
    return _check_urls(schedule)


def _check_urls(schedule: Schedule) -> tuple[str, str]:
    field = "urls" if schedule.is_batch else "url"
    urls = schedule.urls
    if not isinstance(urls, list):
        return field, 'Write the pages as a list, such as ["https://example.com/"].'
    if not urls:
        return field, NO_URL
    if len(urls) > MAX_URLS:
        message = f"Watch {MAX_URLS} pages at most; make another monitor for the rest."
        return field, message
    for url in urls:
        if error := find_page_error(url):
            return field, error
    schedule.urls = list(dict.fromkeys(url.strip() for url in urls))
    return field, ""


def _take_times(schedule: Schedule, values: Mapping[str, Any]) -> tuple[str, str]:
    interval, cron = values.get("interval_seconds"), values.get("cron_expression")
    if interval is not None and cron:
        return "cron_expression", BOTH_TIMES
    if cron:
        if not isinstance(cron, str):
            return "cron_expression", "Write it as a text, such as 0 9 * * 1-5."
        schedule.cron_expression = " ".join(cron.split())
        schedule.interval_seconds = None
    elif interval is not None:
        schedule.interval_seconds, schedule.cron_expression = interval, ""
    if schedule.interval_seconds is None and not schedule.cron_expression:
        return "interval_seconds", NO_TIME
    return "", ""


def _find_errors(
    schedule: Schedule, networks: list[Any] | None, *, known: Mapping[str, Any]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        schedule.full_clean(exclude=("urls",), validate_constraints=False)
    except ValidationError as error:
        found = {n: s for n, s in error.message_dict.items() if n not in known}
    further = {
        "time_zone": _find_zone_error(schedule),
        "parameters": find_parameters_error(schedule.parameters),
        "webhook_metadata": _find_metadata_error(schedule.webhook_metadata),
        "expectations": _settle_expectations(schedule),
        "service": _find_service_error(schedule, networks),
        "networks": _find_networks_error(schedule, networks),
    }
    if not found and not known and not further["time_zone"]:
        further["cron_expression"] = _find_cron_error(schedule)
    for name, sentence in further.items():
        if sentence and name not in found:
            found[name] = [sentence]
    return found


def _find_zone_error(schedule: Schedule) -> str:
    try:
        read_zone(schedule.time_zone)
    except MonitorError as error:
        return error.message
    return ""


def _find_cron_error(schedule: Schedule) -> str:
    if not schedule.cron_expression:
        return ""
    moment = schedule.created_at
    try:
        find_next_slot(schedule, last=moment, now=moment)
    except MonitorError as error:
        return error.message
    return ""


def _find_metadata_error(metadata: Any) -> str:
    if not isinstance(metadata, dict):
        return 'Write the metadata as an object, such as {"team": "data"}.'
    if measure(metadata) > MAX_METADATA_BYTES:
        return f"The metadata is longer than {MAX_METADATA_BYTES // 1024} KiB."
    return ""


def _settle_expectations(schedule: Schedule) -> str:
    try:
        wanted = parse_expectations(schedule.expectations)
    except MonitorError as error:
        return error.message
    schedule.expectations = wanted.as_json()
    return ""


def _find_service_error(schedule: Schedule, networks: list[Any] | None) -> str:
    service = schedule.service
    if service is None:
        return ""
    if service.organization_id != schedule.organization_id:
        return "Choose a service of this organization."
    if networks is None:
        is_stored = not schedule._state.adding
        networks = list(schedule.networks.all()) if is_stored else []
    if networks and service.network_id not in {None, *(n.pk for n in networks)}:
        return "Choose a service of the monitor's own networks."
    return ""


def _find_networks_error(schedule: Schedule, networks: list[Any] | None) -> str:
    foreign = [
        network
        for network in networks or ()
        if network.organization_id != schedule.organization_id
    ]
    return "Choose networks of this organization." if foreign else ""
