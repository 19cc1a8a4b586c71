"""Reads a document that the admin's form holds as the REST API would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    from integrations_project.lib.api.serializers import Input


def read_document(bound: Input, name: str) -> Any:
    """Return what a bound serializer reads of one field.

    Raises:
        ValidationError: With the sentences of the REST API.
    """
    if bound.is_valid():
        return bound.validated_data[name]
    raise ValidationError([str(each) for each in bound.errors[name]])
