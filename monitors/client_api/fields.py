"""What the client writes: addresses of pages, parameters, spans of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rest_framework import serializers

from integrations_project.lib.api.fields import Text
from integrations_project.lib.json_types import describe_json, quote
from monitors.addresses import find_page_error
from monitors.models.schedule import MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS

if TYPE_CHECKING:
    from integrations_project.lib.json_types import JSONObject, JSONValue

MAX_URLS = 1_000
MAX_URL_LENGTH = 2_048
MAX_PARAMETERS = 50
MAX_NAME_LENGTH = 100


class Line(Text):
    """A text of one field, checked here because no model judges it."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(**options)
        self._longest = max_length

    def to_internal_value(self, data: Any) -> str:
        text = str(super().to_internal_value(data))
        if "\0" in text:
            raise serializers.ValidationError("A text has no NUL character.")
        if len(text) > self._longest:
            message = f"Write at most {self._longest:,} characters."
            raise serializers.ValidationError(message)
        return text


class PageUrl(Line):
    """The address of a page; where its name leads is judged when it is fetched."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_URL_LENGTH, **options)

    def to_internal_value(self, data: Any) -> str:
        url = super().to_internal_value(data)
        if sentence := find_page_error(url):
            raise serializers.ValidationError(sentence)
        return url


class PageUrls(serializers.ListField):
    """The addresses of several pages; one that is there twice is taken once."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "not_a_list": 'Write a list such as ["https://example.com/"].',
        "empty": "Name at least one page.",
        "max_length": f"Name {MAX_URLS:,} pages at most.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(
            child=PageUrl(), allow_empty=False, max_length=MAX_URLS, **options
        )

    def to_internal_value(self, data: Any) -> list[str]:
        return list(dict.fromkeys(super().to_internal_value(data)))


class Interval(serializers.IntegerField):
    """Seconds between two runs."""

    def __init__(self, **options: Any) -> None:
        sentence = f"Write {MIN_INTERVAL_SECONDS} to {MAX_INTERVAL_SECONDS:,} seconds."
        super().__init__(
            required=False,
            min_value=MIN_INTERVAL_SECONDS,
            max_value=MAX_INTERVAL_SECONDS,
            error_messages={
                "invalid": "Write a whole number of seconds.",
                "max_string_length": sentence,
                "min_value": sentence,
                "max_value": sentence,
            },
            **options,
        )

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class Object(serializers.Field[Any, Any, Any, Any]):
    """A JSON object that is kept as it is."""

    def to_internal_value(self, data: Any) -> JSONObject:
        if not isinstance(data, dict):
            message = f"Write an object such as {{}}, not {describe_json(data)}."
            raise serializers.ValidationError(message)
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class Parameters(Object):
    """Query parameters of a page: names to texts, numbers or lists of these."""

    def to_internal_value(self, data: Any) -> JSONObject:
        given = super().to_internal_value(data)
        if len(given) > MAX_PARAMETERS:
            message = f"Write {MAX_PARAMETERS} parameters at most."
            raise serializers.ValidationError(message)
        return {name: _write_parameter(name, value) for name, value in given.items()}


def _write_parameter(name: str, value: JSONValue) -> JSONValue:
    """Return a value as an address has it: true is ``true``."""
    if isinstance(value, list):
        return [_write_parameter(name, each) for each in value if each is not None]
    if isinstance(value, bool):
        return "true" if value else "false"
    if (
        not name
        or len(name) > MAX_NAME_LENGTH
        or not isinstance(value, str | int | float)
    ):
        message = (
            f"The parameter {quote(name)} must be a text, a number or a list of "
            f"these, not {describe_json(value)}."
        )
        raise serializers.ValidationError(message)
    return value
