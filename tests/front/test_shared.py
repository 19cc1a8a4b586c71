"""Answers that are given again without a thread: which, to whom and for how long."""

from __future__ import annotations

import asyncio

import pytest

from integrations_project.front.lanes import Lane
from integrations_project.front.replies import Reply
from integrations_project.front.shared import SharedAnswers

REPLY = Reply(
    status=200,
    headers=[
        (b"content-type", b"text/html"),
        (b"etag", b'"a"'),
        (b"cache-control", b"public, max-age=2"),
    ],
    body=b"page",
)


class Ticket:
    """Is as old as the test says, and counts how often somebody looked."""

    def __init__(self, age=0.0):
        self.age = age
        self.looks = 0

    def find_age(self):
        return self.age

    def renew(self):
        self.looks += 1
        self.age = 0.0


def scope(*headers, method="GET", path=b"/status/acme/", query=b""):
    return {
        "method": method,
        "raw_path": path,
        "query_string": query,
        "headers": [(b"host", b"127.0.0.1"), *headers],
    }


def find_after(ticket, asked, *, reply=REPLY, kept=None):
    """Keep a reply, then ask for it; returns what is given and renewals are done."""

    async def run():
        shared = SharedAnswers()
        lane = Lane("page", threads=1, max_waiting=1)
        shared.keep(kept or scope(), ticket, reply)
        found = shared.find(asked, lane)
        await asyncio.gather(*shared._renewing.values())
        return found

    return asyncio.run(run())


def test_same_question_gets_the_same_bytes():
    assert find_after(Ticket(), scope()) is REPLY


def test_who_has_it_gets_it_not_again():
    found = find_after(Ticket(), scope((b"if-none-match", b'"a"')))
    assert (found.status, found.body) == (304, b"")
    assert (b"etag", b'"a"') in found.headers


def test_other_tag_gets_the_whole():
    assert find_after(Ticket(), scope((b"if-none-match", b'"b"'))) is REPLY


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(scope(method="HEAD"), id="head"),
        pytest.param(scope(method="POST"), id="post"),
        pytest.param(scope(query=b"x"), id="query"),
        pytest.param(scope(path=b"/status/acme"), id="other-path"),
        pytest.param(scope((b"host", b"127.0.0.1")), id="two-hosts"),
        pytest.param(scope((b"authorization", b"Basic x")), id="password"),
        pytest.param(scope((b"range", b"bytes=0-1")), id="range"),
        pytest.param(scope((b"content-length", b"1")), id="body"),
        pytest.param(scope((b"accept-encoding", b"gzip")), id="packed"),
        pytest.param(scope((b"if-none-match", b'W/"a"')), id="weak"),
        pytest.param(scope() | {"headers": []}, id="no-host"),
        pytest.param(scope() | {"headers": [(b"host", b"evil")]}, id="foreign-host"),
    ],
)
def test_anything_unusual_goes_the_long_way(asked):
    assert find_after(Ticket(), asked) is None


def test_ageing_answer_is_given_and_renewed():
    ticket = Ticket(age=0.7)
    assert find_after(ticket, scope()) is REPLY
    assert ticket.looks == 1


@pytest.mark.parametrize("age", [1.5, 60, float("inf")])
def test_old_answer_is_not_given(age):
    assert find_after(Ticket(age=age), scope()) is None


def test_answer_without_a_ticket_is_not_kept():
    assert find_after(None, scope()) is None


def test_refusal_is_not_kept():
    refusal = Reply(status=404, headers=[], body=b"")
    assert find_after(Ticket(), scope(), reply=refusal) is None
