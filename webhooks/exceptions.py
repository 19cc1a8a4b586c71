"""What `webhooks` refuses, and why a delivery cannot be done."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from integrations_project.lib.exceptions import ProjectError


class WebhooksError(ProjectError):
    """The webhook action was refused."""

    code = "webhooks_error"


class UnsupportedEvent(WebhooksError):
    """This format cannot carry this type of event."""

    code = "unsupported_event"


class UnknownFormat(WebhooksError):
    """There is no format with this name."""

    code = "unknown_format"


class InvalidTemplate(WebhooksError):
    """This template cannot be filled."""

    code = "invalid_template"


class ServiceRefused(WebhooksError):
    """This address for Apprise cannot be used."""

    code = "service_refused"


class NotRedeliverable(WebhooksError):
    """This delivery cannot be sent again now."""

    code = "not_redeliverable"


class NotReplayable(WebhooksError):
    """This webhook cannot be replayed now."""

    code = "not_replayable"


class ManagedDestination(WebhooksError, PermissionDenied):
    """Signalpost keeps this webhook itself; change what it serves, such as a rule."""

    code = "managed_webhook"
    status_code = 403


class VerifyLimitReached(WebhooksError):
    """You may press Verify 10 times a minute; wait a moment and try again."""

    code = "verify_limit_reached"
    status_code = 429
    permanent = False
