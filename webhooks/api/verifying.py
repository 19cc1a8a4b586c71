"""The answer to Verify."""

from __future__ import annotations

from typing import Any

from webhooks.datatypes import VerifyResult

TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
VERIFY_SCHEMA = {
    "type": "object",
    "properties": {
        "delivered": {"type": "boolean"},
        "status_code": {"type": "integer", "nullable": True},
        "duration_ms": {"type": "integer"},
        "timings": {"type": "object", "additionalProperties": {"type": "number"}},
        "request": {
            "type": "object",
            "properties": {
                "url": {"type": "string"},
                "headers": TEXTS,
                "body": {"type": "string"},
            },
        },
        "response": {
            "type": "object",
            "properties": {"headers": TEXTS, "body": {"type": "string"}},
        },
        "error": {
            "type": "object",
            "nullable": True,
            "properties": {
                "code": {"type": "string"},
                "detail": {"type": "string"},
                "hint": {"type": "string"},
            },
        },
    },
}


def show_verify_result(result: VerifyResult) -> dict[str, Any]:
    """Return the answer to Verify as the contract names its fields."""
    return result.show()
