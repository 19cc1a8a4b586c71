"""Serializers that report all errors together and never drop a field silently."""

from __future__ import annotations

import copy
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from rest_framework import serializers
from rest_framework.fields import SkipField

from integrations_project.lib.api import fields
from integrations_project.lib.api.problems import list_field_errors
from integrations_project.lib.json_types import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

Errors = dict[str, Any]


class _Strict(serializers.Serializer[Any]):
    """Collects every error, and refuses names that it does not know."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        errors = self.find_unknown(data)
        values: dict[str, Any] = {}
        for field in self._writable_fields:
            name, source = str(field.field_name), str(field.source)
            try:
                values[source] = field.run_validation(field.get_value(data))
            except serializers.ValidationError as error:
                errors[name] = error.detail
            except DjangoValidationError as error:
                errors[name] = list(error.messages)
            except SkipField:
                continue
        self.judge(values, errors, data)
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def find_unknown(self, data: Any) -> Errors:
        """Return an error for each name that this resource does not have.

        Names that can only be read are passed over, so that an answer may be sent
        back with a few fields changed.
        """
        return {
            name: [_tell_unknown(name, self.fields)]
            for name in data
            if name not in self.fields
        }

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        """Add what is wrong with the values together."""

    def get_validators(self) -> list[Any]:
        """Leave uniqueness to the model."""
        return []


def _tell_unknown(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"There is no field {quote(name)} here.{hint}"


class Input(_Strict):
    """What a POST that is no row takes; limits are checked here, not by a model."""


def _find_long_texts(row: models.Model, values: dict[str, Any]) -> Errors:
    """Return an error for each text that is too long: a model leaves that to forms."""
    errors: Errors = {}
    for field in row._meta.concrete_fields:
        text = values.get(field.name)
        limit = field.max_length if isinstance(field, models.TextField) else None
        if limit and isinstance(text, str) and len(text) > limit:
            given = f"{len(text):,}"
            errors[field.name] = [f"Write at most {limit:,} characters, not {given}."]
    return errors


class RowSerializer(_Strict, serializers.ModelSerializer[Any]):
    """A configuration row: types are checked here, everything else by the model.

    After `is_valid`, `row` holds the row with the new values, not saved; many-to-many
    values are only in `validated_data`.
    """

    serializer_field_mapping: ClassVar[dict[type[models.Field[Any, Any]], Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.BooleanField: fields.Flag,
        models.CharField: fields.Text,
        models.DateTimeField: fields.Time,
        models.DecimalField: fields.Decimal,
        models.PositiveIntegerField: fields.Number,
        models.PositiveSmallIntegerField: fields.Number,
        models.TextField: fields.Text,
    }
    serializer_choice_field = fields.Choice

    #: The field that a broken constraint of the whole row is shown at.
    constraint_field: ClassVar[str] = "non_field_errors"

    row: Any = None

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        self.row = self.build_row(values)
        # What failed already keeps its own sentence; what nobody enters is set later.
        unjudged = {f.source for f in self.fields.values() if f.field_name in errors}
        unjudged |= {f.name for f in self.row._meta.fields if not f.editable}
        try:
            self.row.full_clean(exclude=unjudged)
        except DjangoValidationError as error:
            self.add_row_errors(list_field_errors(error), errors)
        self.add_row_errors(_find_long_texts(self.row, values), errors)

    def add_row_errors(self, found: dict[str, list[str]], errors: Errors) -> None:
        """Name the model's errors as the fields are named here.

        A field that was refused before was left empty for the model, which would
        only say that it is empty.
        """
        names = {f.source: f.field_name for f in self.fields.values()}
        names["non_field_errors"] = self.constraint_field
        refused = set(errors)
        for source, sentences in found.items():
            name = names.get(source) or source
            if name not in refused:
                errors.setdefault(name, []).extend(sentences)

    def build_row(self, values: dict[str, Any]) -> Any:
        """Return the row as it would be, without saving it."""
        model: Any = self.Meta.model
        if self.instance is not None:
            row = copy.copy(self.instance)
        else:
            row = model(organization=self.context["access"].organization)
        columns = {field.name for field in model._meta.concrete_fields}
        for name in columns & values.keys():
            setattr(row, name, values[name])
        return row

    def build_standard_field(
        self, field_name: str, model_field: models.Field[Any, Any]
    ) -> tuple[Any, dict[str, Any]]:
        field_class, options = super().build_standard_field(field_name, model_field)
        if field_class is not fields.Choice:
            return field_class, options
        # DRF would take "" as a choice for a field that may be left out.
        options.pop("allow_blank", None)
        return field_class, options
