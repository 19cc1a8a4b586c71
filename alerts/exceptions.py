"""What `alerts` refuses."""

from __future__ import annotations

from typing import ClassVar

from integrations_project.lib.exceptions import ProjectError


class AlertsError(ProjectError):
    """The action was refused."""

    code = "alerts_error"


class UnknownStatus(AlertsError):
    """Status must be operational, degraded, down or maintenance."""

    code = "unknown_status"
    status_code: ClassVar[int] = 400


class ServiceGone(AlertsError):
    """This service does not exist any more."""

    code = "service_gone"


class IncidentResolved(AlertsError):
    """This incident is resolved already; nothing more can be done to it."""

    code = "incident_resolved"


class InvalidAlert(AlertsError):
    """This alert cannot be raised."""

    code = "invalid_alert"
    status_code: ClassVar[int] = 400
