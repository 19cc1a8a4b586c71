"""The command line that posts a status to a receiver, ready to paste."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from receivers.presets import DETECT, get_preset

if TYPE_CHECKING:
    from receivers.models import Receiver


def build_sample(receiver: Receiver) -> dict[str, Any]:
    """Return a body that this receiver understands: its sender's, or by its fields."""
    if receiver.preset not in ("", DETECT):
        return get_preset(receiver.preset).sample
    body: dict[str, Any] = {}
    if receiver.service_id is None and receiver.service_name_field:
        _put(body, receiver.service_name_field, "API Gateway")
    _put(body, receiver.status_field or "status", "degraded")
    _put(body, receiver.message_field, "Latency is above 2 s")
    _put(body, receiver.key_field, "latency")
    if receiver.items_path:
        name = receiver.items_path.removesuffix("[]").strip(".")
        return {name: [body]} if name and "." not in name else body
    return body


def _put(body: dict[str, Any], path: str, value: str) -> None:
    """Write a value where a plain dot path would find it; other paths are left out."""
    words = path.split("??", maxsplit=1)[0].strip().split(".")
    if not all(word.replace("_", "").replace("-", "").isalnum() for word in words):
        return
    for word in words[:-1]:
        inner = body.setdefault(word, {})
        if not isinstance(inner, dict):
            return
        body = inner
    body[words[-1]] = value


def build_curl(url: str, body: dict[str, Any], *, signature_header: str = "") -> str:
    """Return a curl line for a POST; with a signature header, a way to sign it."""
    text = json.dumps(body, ensure_ascii=False)
    if not signature_header:
        return (
            f"curl -X POST {shlex.quote(url)} \\\n"
            f"  -H 'Content-Type: application/json' \\\n"
            f"  -d {shlex.quote(text)}"
        )
    return (
        f"BODY={shlex.quote(text)}\n"
        'SIGNATURE=$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$SECRET" '
        "| sed 's/^.* //')\n"
        f"curl -X POST {shlex.quote(url)} \\\n"
        f"  -H 'Content-Type: application/json' \\\n"
        f'  -H "{signature_header}: $SIGNATURE" \\\n'
        '  -d "$BODY"'
    )
