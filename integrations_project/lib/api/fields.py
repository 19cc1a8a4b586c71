"""Serializer fields that check types and leave the rest to the model.

Lengths, ranges and patterns are judged by the model's `full_clean`, so that form,
admin and API refuse the same with the same sentences; the limits still stand in the
schema, because it reads the validators that are not run here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from integrations_project.lib.api.problems import UNKNOWN_ID
from integrations_project.lib.json_types import describe_json, quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

MAX_REFERENCES = 500


def write_time(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC with microseconds and ``Z``."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return text.removesuffix("+00:00") + "Z"


class _ModelJudges:
    default_error_messages: ClassVar[dict[str, Any]] = {
        "null": "This field cannot be null.",
        "required": "This field is required.",
    }

    def run_validators(self, value: object) -> None:
        """Leave it to the model."""


class Text(_ModelJudges, serializers.CharField):
    """A text; numbers are taken as they are written."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "blank": "This field cannot be blank.",
        "invalid": "Write a text in quotation marks.",
    }


class Secret(Text):
    """A text that is taken as it stands, blanks at its ends included."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("allow_blank", True)
        super().__init__(
            required=False, write_only=True, trim_whitespace=False, **options
        )


class Number(_ModelJudges, serializers.IntegerField):
    """A whole number."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Write a whole number.",
    }


class Decimal(_ModelJudges, serializers.DecimalField):
    """A number with places behind the point; answered as a number, not a text."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Write a number such as 99.9.",
        "max_string_length": "Write a number such as 99.9.",
    }

    def __init__(self, **options: Any) -> None:
        # How many places there may be is the model's to judge, as everything else.
        options |= {"max_digits": None, "decimal_places": None}
        super().__init__(coerce_to_string=False, **options)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)

    def to_representation(self, value: Any) -> Any:
        return float(value)


class Flag(_ModelJudges, serializers.BooleanField):
    """True or false."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Write true or false.",
    }


class Choice(serializers.ChoiceField):
    """One of a few words; the refusal names them all."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "null": "This field cannot be null.",
    }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str) and data in self.choices:
            return data
        words = ", ".join(str(word) for word in self.choices)
        given = quote(data) if isinstance(data, str) else describe_json(data)
        message = f"{given} is none of these; use one of {words}."
        raise serializers.ValidationError(message, code="invalid_choice")


class Time(_ModelJudges, serializers.DateTimeField):
    """ISO 8601; answered in UTC with microseconds and ``Z``."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Write a time such as 2026-11-21T09:30:00Z.",
        "date": "Write a time such as 2026-11-21T09:30:00Z, not only a date.",
        "overflow": "This time is too far away.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str | datetime):
            self.fail("invalid")
        try:
            moment: datetime = super().to_internal_value(value)
            return moment.astimezone(UTC)
        except (OverflowError, ValueError):
            self.fail("overflow")

    def to_representation(self, value: Any) -> Any:
        return write_time(value)


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class Names(serializers.Field[Any, Any, Any, Any]):
    """An object of names and texts, such as labels or headers."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            message = (
                'Write an object such as {"name": "value"}, '
                f"not {describe_json(data)}."
            )
            raise serializers.ValidationError(message)
        wrong = [name for name, value in data.items() if not _is_plain(value)]
        if wrong:
            message = f"Write the value of {quote(wrong[0])} as a text."
            raise serializers.ValidationError(message)
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


class Words(serializers.ListField):
    """A list of texts, such as event types."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "null": "This field cannot be null.",
    }

    def __init__(self, *, example: str = "incident.opened", **options: Any) -> None:
        super().__init__(child=Text(), **options)
        self.error_messages["not_a_list"] = f'Write a list such as ["{example}"].'


class Reference(serializers.Field[Any, Any, Any, Any]):
    """The id of another row of the same organization; a foreign id is unknown.

    Expects the :class:`Access` of the request in ``context["access"]``.
    """

    def __init__(self, model: type[Model], **options: Any) -> None:
        super().__init__(**options)
        self.model = model

    def to_internal_value(self, data: Any) -> Any:
        return _find_rows(self, [data])[0]

    def get_attribute(self, instance: Any) -> Any:
        # The column, not the row: a list must not load each row to show its id.
        return getattr(instance, f"{self.source}_id", None)

    def to_representation(self, value: Any) -> str:
        return str(value)


class References(serializers.Field[Any, Any, Any, Any]):
    """Ids of other rows of the same organization."""

    def __init__(self, model: type[Model], **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)
        self.model = model

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            message = f"Write a list of ids, not {describe_json(data)}."
            raise serializers.ValidationError(message)
        if len(data) > MAX_REFERENCES:
            message = f"At most {MAX_REFERENCES} ids are taken."
            raise serializers.ValidationError(message)
        return _find_rows(self, data)

    def to_representation(self, value: Any) -> list[str]:
        return [str(row.pk) for row in value.all()]


def _find_rows(field: Reference | References, given: list[Any]) -> list[Any]:
    name = field.model._meta.verbose_name
    for row_id in given:
        if not isinstance(row_id, str):
            message = f"Write the id of the {name} in quotation marks."
            raise serializers.ValidationError(message)
    keys = list(dict.fromkeys(row_id.lower() for row_id in given))
    found = _load_rows(field, keys)
    for key in keys:
        if key not in found:
            message = f"There is no {name} with the id {quote(key)}."
            raise serializers.ValidationError(message, code=UNKNOWN_ID)
    return [found[key] for key in keys]


def _load_rows(field: Reference | References, ids: Iterable[str]) -> dict[str, Any]:
    readable = [row_id for row_id in ids if _is_uuid(row_id)]
    if not readable:
        return {}
    rows = field.context["access"].rows(field.model).filter(pk__in=readable)
    return {str(row.pk): row for row in rows}


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


id_schema = extend_schema_field({"type": "string", "format": "uuid"})
ids_schema = extend_schema_field(
    {"type": "array", "items": {"type": "string", "format": "uuid"}}
)
id_schema(Reference)
ids_schema(References)
