"""To which phase of a request the time belongs."""

from __future__ import annotations

import pytest

from integrations_project.lib.http_phases import split_time

#: dns, connect, tls, first byte, total: when each was over.
NAMES = ("dns_ms", "connect_ms", "tls_ms", "first_byte_ms", "total_ms")


def took(ends: tuple[float, ...], error_code: str) -> dict[str, float]:
    """Return what happened: the milliseconds of each phase."""
    phases = split_time(dict(zip(NAMES, ends, strict=True)), error_code=error_code)
    return {each.name: each.took_ms for each in phases if each.happened}


@pytest.mark.parametrize(
    ("error_code", "ends", "expected"),
    [
        pytest.param(
            "",
            (10, 30, 60, 90, 100),
            {"dns": 10, "connect": 20, "tls": 30, "first_byte": 30, "rest": 10},
            id="a success",
        ),
        pytest.param(
            "", (0, 0, 0, 90, 100), {"first_byte": 90, "rest": 10}, id="kept connection"
        ),
        pytest.param(
            "http_error",
            (1, 2, 0, 90, 100),
            {"dns": 1, "connect": 1, "first_byte": 88, "rest": 10},
            id="an answer that says no",
        ),
        pytest.param("dns_failed", (0, 0, 0, 0, 16), {"dns": 16}, id="no such host"),
        pytest.param(
            "connection_refused",
            (1, 0, 0, 0, 3),
            {"dns": 1, "connect": 2},
            id="refused",
        ),
        pytest.param(
            "connection_failed",
            (1, 2, 0, 0, 3),
            {"dns": 1, "connect": 2},
            id="no route",
        ),
        pytest.param(
            "connect_timeout",
            (5, 0, 0, 0, 10_005),
            {"dns": 5, "connect": 10_000},
            id="nobody accepts",
        ),
        pytest.param(
            "connect_timeout",
            (5, 10, 0, 0, 10_010),
            {"dns": 5, "connect": 5, "tls": 10_000},
            id="no end of the handshake",
        ),
        pytest.param(
            "tls_failed",
            (5, 10, 0, 0, 30),
            {"dns": 5, "connect": 5, "tls": 20},
            id="a wrong certificate",
        ),
        pytest.param(
            "tls_failed",
            (5, 10, 20, 0, 30),
            {"dns": 5, "connect": 5, "tls": 20},
            id="an alert after the handshake",
        ),
        pytest.param(
            "timeout",
            (0.5, 1, 0, 0, 2001),
            {"dns": 0.5, "connect": 0.5, "first_byte": 2000},
            id="no answer",
        ),
        pytest.param(
            "timeout", (0, 0, 0, 0, 2000), {"first_byte": 2000}, id="none on a kept one"
        ),
        pytest.param(
            "timeout",
            (1, 2, 0, 10, 2010),
            {"dns": 1, "connect": 1, "first_byte": 8, "rest": 2000},
            id="an answer without end",
        ),
        pytest.param(
            "connection_lost",
            (1, 2, 0, 0, 50),
            {"dns": 1, "connect": 1, "first_byte": 48},
            id="hung up without an answer",
        ),
        pytest.param(
            "connection_lost",
            (1, 2, 0, 10, 50),
            {"dns": 1, "connect": 1, "first_byte": 8, "rest": 40},
            id="a cut body",
        ),
        pytest.param(
            "invalid_answer",
            (1, 2, 0, 0, 50),
            {"dns": 1, "connect": 1, "first_byte": 48},
            id="no HTTP",
        ),
        pytest.param(
            "smtp_unreachable", (0, 0, 0, 0, 50), {"connect": 50}, id="no mail server"
        ),
        pytest.param(
            "smtp_unreachable",
            (0, 10, 0, 0, 50),
            {"connect": 10, "first_byte": 40},
            id="a silent mail server",
        ),
        pytest.param(
            "smtp_refused",
            (0, 10, 0, 40, 50),
            {"connect": 10, "first_byte": 30, "rest": 10},
            id="mail refused",
        ),
        pytest.param(
            "chat_unreachable", (0, 0, 0, 0, 50), {"whole": 50}, id="a chat service"
        ),
        pytest.param("", (0, 0, 0, 0, 50), {"whole": 50}, id="a chat service took it"),
        pytest.param(
            "oauth2_token_failed", (0, 0, 0, 0, 50), {"token": 50}, id="no token"
        ),
        pytest.param(
            "internal",
            (5, 10, 0, 0, 30),
            {"dns": 5, "connect": 5, "tls": 20},
            id="ours on the way",
        ),
        pytest.param("internal", (0, 0, 0, 0, 30), {"whole": 30}, id="ours at once"),
        pytest.param("url_refused", (0, 0, 0, 0, 0.2), {}, id="never sent"),
        pytest.param("", (0, 0, 0, 0, 0), {}, id="no figures"),
    ],
)
def test_time_belongs_to_the_phase_that_was_waited_in(error_code, ends, expected):
    assert took(ends, error_code) == expected


def test_phases_follow_each_other_without_a_gap():
    timings = {"dns_ms": 10, "connect_ms": 30, "first_byte_ms": 90, "total_ms": 100}
    phases = [each for each in split_time(timings) if each.happened]
    begins = [each.begin_ms for each in phases]
    assert begins == [0, 10, 30, 90]
    assert sum(each.took_ms for each in phases) == 100
