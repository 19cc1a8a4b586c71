"""What every operation of the schema says alike: filters, problems, Idempotency-Key."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

IDEMPOTENCY_KEY = OpenApiParameter(
    name="Idempotency-Key",
    location=OpenApiParameter.HEADER,
    required=False,
    description=(
        "A text of your choice, new for each thing to be done. The same request with "
        "the same key within 24 hours gets the first answer again and does nothing."
    ),
)
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Something was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "All errors in one line."},
        "code": {"type": "string"},
        "errors": {
            "type": "object",
            "description": "Field to sentences.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}


class ResourceSchema(AutoSchema):
    """Adds to each operation what the base class of resources does."""

    def get_override_parameters(self) -> list[Any]:
        if self.method == "POST":
            return [IDEMPOTENCY_KEY]
        if not self._is_list_view():
            return []
        resource: Any = self.view
        return [
            OpenApiParameter(name=name, description=each.description)
            for name, each in resource.list_filters().items()
        ]

    def get_description(self) -> str:  # type: ignore[override]  # as AutoSchema's
        action = getattr(self.view, getattr(self.view, "action", None) or "", None)
        own = getattr(action, "__doc__", None) or ""
        text = own if "wargs" not in own else ""
        return " ".join((text or type(self.view).__doc__ or "").split())

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        responses["default"] = {
            "description": "A problem, for every status from 400 on.",
            "content": {"application/problem+json": {"schema": PROBLEM_SCHEMA}},
        }
        return responses

    def get_filter_backends(self) -> list[Any]:
        """Filters are ours; the backends of REST framework are not used."""
        return []
