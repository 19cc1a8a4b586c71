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
    error = {
        "code": result.error_code,
        "detail": result.error_detail,
        "hint": result.error_hint,
    }
    return {
        "delivered": result.delivered,
        "status_code": result.status_code,
        "duration_ms": result.duration_ms,
        "timings": result.timings,
        "request": {
            "url": result.request_url,
            "headers": result.request_headers,
            "body": result.request_body,
        },
        "response": {"headers": result.response_headers, "body": result.response_body},
        "error": error if result.error_code else None,
    }
