"""The base of every error that Signalpost explains to a person."""

from __future__ import annotations

import inspect
from typing import ClassVar


class ProjectError(Exception):
    """Something went wrong that a person can act on.

    The docstring of a subclass is its default message, so it is a full
    sentence. ``permanent`` says that trying again cannot help.
    """

    code: ClassVar[str] = "error"
    #: What an HTTP edge answers: 409, the request is fine but not possible now.
    status_code: ClassVar[int] = 409
    permanent: ClassVar[bool] = True

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        permanent: bool | None = None,
    ) -> None:
        self.message = message or (inspect.getdoc(type(self)) or "").split("\n\n")[0]
        self.error_code = code or self.code
        self.is_permanent = self.permanent if permanent is None else permanent
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message
