"""What can go wrong with a strategy, a schedule or a run."""

from __future__ import annotations

from integrations_project.lib.exceptions import ProjectError


class MonitorError(ProjectError):
    """The monitor cannot do this."""

    code = "monitor_error"


class InvalidStrategy(MonitorError):
    """The strategy cannot be used as it is written."""

    code = "invalid_strategy"


class NotSupported(MonitorError):
    """This needs a language model, which Signalpost does not have."""

    code = "not_supported"


class InvalidFilter(MonitorError):
    """The filter cannot be read."""

    code = "invalid_filter"


class InvalidSchedule(MonitorError):
    """The schedule cannot be read."""

    code = "invalid_schedule"


class ExtractionFailed(MonitorError):
    """The page was fetched, but nothing could be read from it."""

    code = "extraction_failed"
    permanent = False


class NoWebhook(MonitorError):
    """This monitor has no webhook URL, so it has no secret; write one first."""

    code = "no_webhook"


class RobotsForbid(MonitorError):
    """The site does not want this page to be read by programs."""

    code = "robots_forbid"


class UnexpectedStatus(MonitorError):
    """The page was not answered as pages are."""

    code = "unexpected_status"
    permanent = False


class RunFailed(MonitorError):
    """The run ended without an answer."""

    code = "run_failed"
    permanent = False
