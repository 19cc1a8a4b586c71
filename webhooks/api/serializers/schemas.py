"""Parts of the schema that several answers share."""

from __future__ import annotations

NULLABLE_TIME = {"type": "string", "format": "date-time", "nullable": True}
NULLABLE_TEXT = {"type": "string", "nullable": True}
HEADERS = {"type": "object", "additionalProperties": {"type": "string"}}
