"""Reads the body of an API request: JSON, strictly, and not without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser

from integrations_project.lib.json_types import (
    InvalidJson,
    describe_json,
    parse_strict_json,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

MAX_BODY_BYTES = 1024 * 1024


class BodyTooLarge(exceptions.APIException):
    """The body is longer than an API request may be."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"The body is too long: at most {MAX_BODY_BYTES} bytes are taken."
    default_code = "too_large"


class StrictJSONParser(JSONParser):
    """JSON whatever the Content-Type says, by the same strict rules as receivers.

    The body is an object or empty, since every request of the API names fields.
    """

    media_type = "*/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
        if not body:
            return {}
        try:
            value = parse_strict_json(body)
        except InvalidJson as error:
            raise exceptions.ParseError(error.message, code=error.error_code) from error
        if not isinstance(value, dict):
            message = (
                f"The body is {describe_json(value)}; send a JSON object, "
                'such as {"label": "Production alerts"}.'
            )
            raise exceptions.ParseError(message, code="not_an_object")
        return value
