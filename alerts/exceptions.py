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


class CatalogueEntryFixed(AlertsError):
    """This alert type belongs to the catalogue, which nobody changes; add your own."""

    code = "catalogue_entry_fixed"


class SubscriptionLinkForged(AlertsError):
    """This link is not complete, or it was not made here. Copy it whole."""

    code = "link_forged"


class SubscriptionLinkExpired(AlertsError):
    """This link was for two days, and they are over; ask to follow the page again."""

    code = "link_expired"


class NotConfirmed(AlertsError):
    """The URL was not added: it must answer our test with 2xx, and follow only once."""

    code = "not_confirmed"


class LinkForged(AlertsError):
    """This link is not complete, or it was not made here."""

    code = "link_forged"


class LinkExpired(AlertsError):
    """This link was for a day, and that is over; sign in to respond."""

    code = "link_expired"


class LinkUsed(AlertsError):
    """This link was used already; each works once."""

    code = "link_used"


class WindowIsOff(AlertsError):
    """This window is not on now, so there is nothing to end."""

    code = "window_off"


class WindowIsOver(AlertsError):
    """This window is over or cancelled already; it does not come again."""

    code = "window_over"
