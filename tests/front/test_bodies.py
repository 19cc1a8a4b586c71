"""Bodies are read whole before a thread is taken: caps, deadlines, memory."""

from __future__ import annotations

import asyncio

import pytest

from integrations_project.front.bodies import (
    Limits,
    Memory,
    announces_body,
    read_body,
)

LIMITS = Limits(max_bytes=10, max_drained_bytes=20, seconds=0.2)


def play(*messages, headers=(), memory=None, limits=LIMITS):
    """Read a body that comes in these pieces; a number is a pause in seconds."""
    left = list(messages)

    async def receive():
        while isinstance(left[0], float):
            await asyncio.sleep(left.pop(0))
        piece = left.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    memory = memory or Memory()
    body = asyncio.run(read_body(receive, list(headers), limits, memory))
    memory.give_back(len(body.data))
    assert memory.held == 0
    return body


def test_pieces_are_joined():
    body = play(b"one", b"two", b"")
    assert body.take() == b"onetwo"
    assert body.is_read_to_end


@pytest.mark.parametrize(
    ("messages", "code", "is_read_to_end"),
    [
        pytest.param([b"x" * 11], "body_too_large", True, id="one too long"),
        pytest.param([b"x" * 9] * 2, "body_too_large", True, id="two too long"),
        pytest.param([b"x" * 9] * 4, "body_too_large", False, id="endless"),
        pytest.param([b"x", 1.0, b"y"], "body_too_slow", False, id="stalls"),
        pytest.param(
            [b"x", 0.15, b"y", 0.15, b"z"], "body_too_slow", False, id="drips"
        ),
        pytest.param([b"x", None], "body_incomplete", False, id="hangs up"),
        pytest.param(
            [b"x" * 11, 1.0, b"y"], "body_too_large", False, id="too long, then stalls"
        ),
    ],
)
def test_others_are_refused(messages, code, is_read_to_end):
    body = play(*messages)
    assert body.refused.error_code == code
    assert body.data == b""
    assert body.is_read_to_end == is_read_to_end


def test_all_bodies_share_the_memory():
    assert play(b"x" * 6, memory=Memory(max_bytes=6)).refused is None
    refused = play(b"x" * 6, b"y", memory=Memory(max_bytes=5)).refused
    assert (refused.status_code, refused.error_code) == (503, "try_again")


def test_sender_that_asks_first_is_answered_first():
    headers = [(b"expect", b"100-continue"), (b"content-length", b"11")]
    body = play(headers=headers)
    assert body.refused.error_code == "body_too_large"
    assert not body.is_read_to_end


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([(b"host", b"x")], False),
        ([(b"content-length", b"0")], False),
        ([(b"content-length", b"1")], True),
        ([(b"transfer-encoding", b"chunked")], True),
    ],
)
def test_body_is_announced(headers, expected):
    assert announces_body(headers) == expected
