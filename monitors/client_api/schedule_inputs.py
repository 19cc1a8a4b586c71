"""What a schedule and a run are made from, as the client sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from accounts.models import Network
from alerts.models import Incident, Service
from integrations_project.lib.api.fields import (
    Choice,
    Flag,
    Number,
    Reference,
    References,
)
from integrations_project.lib.api.serializers import Input
from monitors.client_api.errors import BAD_REQUEST
from monitors.client_api.fields import (
    Interval,
    Line,
    Object,
    PageUrl,
    PageUrls,
    Parameters,
)
from monitors.client_api.strategy_inputs import Making
from monitors.models import Schedule, Strategy

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Of each two one is sent, and takes the other's place.
ALTERNATIVES = ("url", "urls", "interval_seconds", "cron_expression")
WEBHOOK = ("webhook_url", "webhook_metadata", "webhook_secret", "webhook_type")
#: Fields of a schedule that are set as they are sent.
FIELDS = (
    *ALTERNATIVES,
    *WEBHOOK,
    "parameters",
    "time_zone",
    "enabled",
    "name",
    "networks",
    "honours_robots",
    "service",
    "expectations",
    "failure_status",
    "failure_threshold",
    "auto_create_incidents",
    "incident_severity",
)
DEFAULT_INTERVAL_SECONDS = 3_600
BOTH_URLS = "Send url or urls, not both."
NO_URL = "Send url, or urls for several pages."
BOTH_TIMES = "Send interval_seconds or cron_expression, not both."
NO_TIME = "Send interval_seconds, or cron_expression such as 0 9 * * 1-5."


class Webhook(Input):
    """Who is told of each run."""

    webhook_url = Line(
        required=False, allow_null=True, allow_blank=True, max_length=2_048
    )
    webhook_metadata = Object(required=False, allow_null=True)
    webhook_secret = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False, max_length=200
    )
    webhook_type = Choice(required=False, choices=Schedule.WebhookType.values)


class Running(Input):
    """What ``create_job`` and ``execute_job`` send."""

    strategy_id = Reference(Strategy)
    url = PageUrl(required=False, allow_null=True)
    urls = PageUrls(required=False, allow_null=True)
    parameters = Parameters(required=False, allow_null=True)

    def judge(self, values: dict[str, Any], errors: dict[str, Any], data: Any) -> None:
        _require_one(data, errors, ("url", "urls"), both=BOTH_URLS, none=NO_URL)


class Executing(Input):
    """What ``execute_job`` sends: one page."""

    strategy_id = Reference(Strategy)
    url = PageUrl()
    parameters = Parameters(required=False, allow_null=True)


class Timing(Webhook):
    """When the pages are read."""

    interval_seconds = Interval(allow_null=True)
    cron_expression = Line(required=False, allow_null=True, max_length=100)
    time_zone = Line(required=False, max_length=64)
    parameters = Parameters(required=False, allow_null=True)


class Settings(Timing):
    """Everything of a schedule; the client sends the first ones."""

    url = PageUrl(required=False, allow_null=True)
    urls = PageUrls(required=False, allow_null=True)
    enabled = Flag(required=False)
    name = Line(required=False, allow_blank=True, max_length=200)
    networks = References(Network)
    honours_robots = Flag(required=False)
    service = Reference(Service, required=False, allow_null=True)
    expectations = Object(required=False)
    failure_status = Choice(required=False, choices=Schedule.FailureStatus.values)
    failure_threshold = Number(required=False)
    auto_create_incidents = Choice(required=False, choices=Schedule.AutoCreate.values)
    incident_severity = Choice(required=False, choices=Incident.Severity.values)


class Scheduling(Settings):
    """What ``create_schedule`` sends."""

    strategy_id = Reference(Strategy)

    def judge(self, values: dict[str, Any], errors: dict[str, Any], data: Any) -> None:
        _require_one(data, errors, ("url", "urls"), both=BOTH_URLS, none=NO_URL)
        times = ("interval_seconds", "cron_expression")
        _require_one(data, errors, times, both=BOTH_TIMES, none=NO_TIME)


class Rescheduling(Settings):
    """What ``update_schedule`` sends: any of it."""

    def judge(self, values: dict[str, Any], errors: dict[str, Any], data: Any) -> None:
        _forbid_both(data, errors, ("url", "urls"), BOTH_URLS)
        times = ("interval_seconds", "cron_expression")
        _forbid_both(data, errors, times, BOTH_TIMES)


class Watching(Timing, Making):
    """What ``watch`` sends: a strategy and a schedule in one."""

    name = Line(required=False, allow_blank=True, max_length=200)
    description = Line(required=False, default="", allow_blank=True, max_length=2_000)

    def judge(self, values: dict[str, Any], errors: dict[str, Any], data: Any) -> None:
        times = ("interval_seconds", "cron_expression")
        _forbid_both(data, errors, times, BOTH_TIMES)


def read_schedule(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a schedule, as `monitors.actions.schedules` takes them.

    A null says nothing of a page or a time, and takes away what it says of the rest.
    """
    return {
        name: given[name]
        for name in FIELDS
        if name in given and not (name in ALTERNATIVES and given[name] is None)
    }


def _require_one(
    data: Any,
    errors: dict[str, Any],
    names: tuple[str, str],
    *,
    both: str,
    none: str,
) -> None:
    _forbid_both(data, errors, names, both)
    if not any(_is_given(data, name) for name in names):
        errors.setdefault(names[0], []).append(_refuse(none))


def _forbid_both(
    data: Any, errors: dict[str, Any], names: tuple[str, str], sentence: str
) -> None:
    if all(_is_given(data, name) for name in names):
        errors.setdefault("non_field_errors", []).append(_refuse(sentence))


def _is_given(data: Any, name: str) -> bool:
    return data.get(name) is not None


def _refuse(sentence: str) -> Any:
    return serializers.ErrorDetail(sentence, code=BAD_REQUEST)
