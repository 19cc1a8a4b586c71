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


class LinkForged(AlertsError):
    """This link is not complete, or it was not made here."""

    code = "link_forged"


class LinkExpired(AlertsError):
    """This link was for a day, and that is over; sign in to respond."""

    code = "link_expired"


class LinkUsed(AlertsError):
    """This link was used already; each works once."""

    code = "link_used"
