"""One attempt as it is written down: flat values, in the order of the statement."""

from __future__ import annotations

import functools
import json
import random
from typing import Any, NamedTuple

from integrations_project.lib.redaction import redact_headers
from webhooks.engine.claim import Claimed
from webhooks.engine.concealing import conceal_outcome
from webhooks.engine.messages import HttpOutcome, HttpRequest, Timings
from webhooks.engine.verdict import Verdict, judge
from webhooks.engine.wire import Recipient, clean_text, list_own_headers

#: Column and its type on PostgreSQL.
FIELDS = {
    "id": "bigint",
    "is_success": "boolean",
    "status": "text",
    "delay_seconds": "float8",
    "reason": "text",
    "is_manual": "boolean",
    "started_at": "float8",
    "duration_ms": "integer",
    "status_code": "integer",
    "error_code": "text",
    "error": "text",
    "error_hint": "text",
    "url": "text",
    "request_headers": "text",
    "response_headers": "text",
    "response_body": "text",
    "is_response_truncated": "boolean",
    "timings": "text",
    "remote_address": "text",
}


class Result(NamedTuple):
    """What one attempt came to."""

    delivery_id: int
    destination_id: str
    is_success: bool
    error: str
    verdict: Verdict
    values: tuple[Any, ...]  #: in the order of FIELDS

    def without_answer(self) -> Result:
        """Return the same without the texts that came from the other side."""
        named = dict(zip(FIELDS, self.values, strict=True))
        named |= {
            "response_headers": "{}",
            "response_body": "",
            "error": "The answer could not be stored." if self.error else "",
            "error_hint": "",
            "remote_address": "",
        }
        return self._replace(values=tuple(named.values()))


def build_result(
    claimed: Claimed, recipient: Recipient, request: HttpRequest, outcome: HttpOutcome
) -> Result:
    """Return an outcome as a row to be written, its secrets masked."""
    outcome = conceal_outcome(outcome, recipient.clear_texts)
    jitter = random.random()  # noqa: S311  # nothing to guess
    verdict = judge(claimed, recipient, outcome, random_value=jitter)
    error = outcome.error
    detail = clean_text(error.detail)[:500] if error else ""
    values = (
        claimed.id,
        error is None,
        verdict.status,
        verdict.delay_seconds,
        verdict.reason,
        claimed.is_manual,
        outcome.started_at,
        outcome.duration_ms,
        outcome.status_code,
        error.code if error else "",
        detail,
        clean_text(error.hint)[:500] if error else "",
        recipient.shown_url,
        _dump_request(recipient, request),
        _dump_answer(outcome.response_headers),
        clean_text(outcome.response_body.decode("utf-8", "replace")),
        outcome.response_truncated,
        _dump_timings(outcome.timings),
        outcome.remote_address or "",
    )
    return Result(
        delivery_id=claimed.id,
        destination_id=claimed.destination_id,
        is_success=error is None,
        error=detail,
        verdict=verdict,
        values=values,
    )


def _dump_request(recipient: Recipient, request: HttpRequest) -> str:
    # Most headers are the same every time, and the others need no escaping.
    own = list_own_headers(recipient, request)
    texts = "".join(f',"{name}":"{value}"' for name, value in own)
    return f"{recipient.headers_json[:-1]}{texts}}}"


@functools.lru_cache(maxsize=1024)
def _dump_answer(headers: tuple[tuple[str, str], ...]) -> str:
    return clean_text(json.dumps(redact_headers(headers), ensure_ascii=False))


def _dump_timings(timings: Timings) -> str:
    dns, connect, tls, first_byte, total = timings
    return (
        f'{{"dns_ms":{dns},"connect_ms":{connect},"tls_ms":{tls},'
        f'"first_byte_ms":{first_byte},"total_ms":{total}}}'
    )
