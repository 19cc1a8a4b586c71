"""Both ways out of Signalpost, asked alike: libcurl for deliveries, and `fetch`."""

from __future__ import annotations

from typing import NamedTuple

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.http import Terms, fetch
from integrations_project.lib.net_policy import find_addresses
from tests.webhooks.sending import LOOPBACK, collect, make_request
from webhooks.engine.transport import Transport


class Seen(NamedTuple):
    """What a client says of one request; an empty code is a complete answer."""

    code: str
    detail: str = ""
    hint: str = ""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    is_truncated: bool = False
    remote_address: str | None = None


def deliver(url, *, policy=LOOPBACK, ca_file=None, look_up=find_addresses, **changed):
    """Send as the pump does."""
    transport = Transport(policy, ca_file=ca_file, look_up=look_up)
    transport.start(make_request(url, **changed))
    outcome = collect(transport, 1, seconds=20)["a"]
    transport.close()
    return Seen(
        code=outcome.error.code if outcome.error else "",
        detail=outcome.error.detail if outcome.error else "",
        hint=outcome.error.hint if outcome.error else "",
        status=outcome.status_code,
        headers=outcome.response_headers,
        body=outcome.response_body,
        is_truncated=outcome.response_truncated,
        remote_address=outcome.remote_address,
    )


def fetch_it(
    url,
    *,
    policy=LOOPBACK,
    ca_file="",
    look_up=find_addresses,
    headers=(),
    **terms,
):
    """Send as monitors and receivers do."""
    wanted = {
        "timeout_seconds": 5.0,
        "max_bytes": 16 * 1024,
        "ca_file": ca_file,
        "find_addresses": look_up,
    }
    try:
        answer = fetch(
            "POST",
            url,
            policy=policy,
            headers=headers,
            body=b"{}",
            terms=Terms(**wanted | terms),
        )
    except ProjectError as error:
        hint = getattr(error, "hint", "")
        return Seen(code=error.error_code, detail=error.message, hint=hint)
    return Seen(
        code="",
        status=answer.status_code,
        headers=answer.headers,
        body=answer.body,
        is_truncated=answer.is_truncated,
        remote_address=answer.remote_address,
    )


CLIENTS = {"delivery": deliver, "fetch": fetch_it}
