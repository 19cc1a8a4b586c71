"""A request's body as the web server handed it over: whole, or why it is not."""

from __future__ import annotations

from dataclasses import dataclass, field

from integrations_project.lib.exceptions import ProjectError

#: Where a WSGI environment says why its request has no body; Django's side answers.
REFUSED_KEY = "signalpost.body_refused"


class BodyRefused(ProjectError):
    """The body of this request was not taken."""

    code = "body_refused"
    status_code = 400


class BodyTooLarge(BodyRefused):
    """The body is longer than this installation takes."""

    code = "body_too_large"
    status_code = 413


class BodyIncomplete(BodyRefused):
    """The body ended before its announced length; send it again."""

    code = "body_incomplete"
    permanent = False


class BodyTooSlow(BodyRefused):
    """The body did not come in time; send it again in one piece."""

    code = "body_too_slow"
    status_code = 408
    permanent = False


class ServerBusy(BodyRefused):
    """The server has too much to do just now; try again in a few seconds."""

    code = "try_again"
    status_code = 503
    permanent = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedBody:
    """What was read of a body before any thread was taken for its request."""

    data: bytes = field(default=b"", repr=False)  # empty when it was refused
    refused: BodyRefused | None = None
    is_read_to_end: bool = True  # else the connection can carry no further request

    def take(self) -> bytes:
        """Return the whole body.

        Raises:
            BodyRefused: It is too long, too slow or incomplete.
        """
        if self.refused is not None:
            raise self.refused
        return self.data
