"""What an answer says about the endpoint as a whole, as a table."""

from __future__ import annotations

import pytest

from webhooks.engine.messages import Failure, HttpOutcome
from webhooks.engine.verdict import Sign, read_sign


@pytest.mark.parametrize(
    ("status", "code", "sign"),
    [
        (200, "", Sign.ALIVE),
        # it answered, if only to refuse this delivery
        (302, "redirect", Sign.ALIVE),
        (400, "http_error", Sign.ALIVE),
        (404, "http_error", Sign.ALIVE),
        (410, "http_error", Sign.ALIVE),
        (550, "smtp_refused", Sign.ALIVE),
        # broken or too busy
        (429, "http_error", Sign.OUTAGE),
        (500, "http_error", Sign.OUTAGE),
        (503, "http_error", Sign.OUTAGE),
        (502, "chat_refused", Sign.OUTAGE),
        # out of reach or silent
        (None, "dns_failed", Sign.OUTAGE),
        (None, "connection_refused", Sign.OUTAGE),
        (None, "tls_failed", Sign.OUTAGE),
        (None, "timeout", Sign.OUTAGE),
        (200, "timeout", Sign.OUTAGE),
        (200, "connection_lost", Sign.OUTAGE),
        (535, "smtp_auth_failed", Sign.OUTAGE),
        # nothing went there
        (None, "address_refused", Sign.NONE),
        (None, "header_refused", Sign.NONE),
    ],
)
def test_sign(status, code, sign):
    error = Failure(code=code, detail="It failed.", hint="Mend it.") if code else None
    outcome = HttpOutcome(
        key=1, started_at=0.0, duration_ms=1, status_code=status, error=error
    )

    assert read_sign(outcome) is sign
