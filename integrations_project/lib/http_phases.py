"""Where the time of a request went, from the moments at which its steps were over.

Pure: the table of the tests is its description.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

#: In the order in which they happen; the rest of the answer ends with the request.
PHASES = ("dns", "connect", "tls", "first_byte", "rest")
#: Stands alone where nothing is known but how long it took.
WHOLE = "whole"
#: What waited only for a token of its OAuth2 server.
TOKEN = "token"  # noqa: S105  # no secret

_PHASE_OF_ERROR = {
    "dns_failed": "dns",
    "connection_refused": "connect",
    "connection_failed": "connect",
    "tls_failed": "tls",
    "oauth2_token_failed": TOKEN,
}
#: Refused before anything was sent: there was no request that took time.
_NOT_SENT = frozenset(
    {"address_refused", "url_refused", "header_refused", "service_refused"}
)
#: The answer was awaited or read; a kept connection has no earlier steps.
_ANSWER_ERRORS = frozenset(
    {"timeout", "connection_lost", "invalid_answer", "too_many_headers"}
)


class Phase(NamedTuple):
    """One stretch of a request, in milliseconds from its start."""

    name: str  # of PHASES, or WHOLE or TOKEN
    begin_ms: float
    took_ms: float
    happened: bool


def split_time(timings: Mapping[str, float], *, error_code: str = "") -> list[Phase]:
    """Return the phases of a request; empty when it took no time.

    What passed after the last step that was over belongs to the phase that the
    request was in when it failed.

    Args:
        timings: ``dns_ms``, ``connect_ms``, ``tls_ms``, ``first_byte_ms`` and
            ``total_ms``: when each step was over, 0 for one that was not.
        error_code: Why it failed; empty for a success.
    """
    ends = {name: float(timings.get(f"{name}_ms") or 0) for name in PHASES[:-1]}
    total = float(timings.get("total_ms") or 0)
    if total <= 0 or error_code in _NOT_SENT:
        return []
    last = find_last_phase(ends, error_code=error_code)
    if last not in PHASES:
        return [Phase(last, 0.0, total, happened=True)]
    phases, begin = [], 0.0
    for position, name in enumerate(PHASES):
        end = total if name == last else ends.get(name, 0.0)
        happened = end > 0 and position <= PHASES.index(last)
        took = max(end - begin, 0.0) if happened else 0.0
        phases.append(Phase(name, begin, took, happened))
        begin += took
    return phases


def find_last_phase(ends: Mapping[str, float], *, error_code: str = "") -> str:
    """Return the phase in which a request ended.

    Args:
        ends: When each phase was over, by its name; 0 for one that was not.
        error_code: Why it failed; empty for a success.
    """
    if error_code in _PHASE_OF_ERROR:
        return _PHASE_OF_ERROR[error_code]
    if ends["first_byte"]:
        return "rest"
    if error_code in _ANSWER_ERRORS:
        return "first_byte"
    if error_code == "connect_timeout":
        return "tls" if ends["connect"] else "connect"
    if error_code.startswith("smtp_"):
        return "first_byte" if ends["connect"] else "connect"
    reached = [name for name in PHASES[:-1] if ends[name]]
    return PHASES[PHASES.index(reached[-1]) + 1] if reached else WHOLE
