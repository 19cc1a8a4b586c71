from __future__ import annotations

import os
import socket

import pytest

from webhooks.engine.poller import READ, WRITE, EpollPoller, SelectorPoller, make_poller


@pytest.fixture(params=[EpollPoller, SelectorPoller])
def poller(request):
    made = request.param()
    yield made
    made.close()


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_ready_descriptor_is_returned(poller, pair):
    poller.set(pair[0].fileno(), READ)
    assert poller.wait(0) == []
    pair[1].send(b"x")
    assert poller.wait(1) == [(pair[0].fileno(), READ)]


def test_events_are_replaced(poller, pair):
    poller.set(pair[0].fileno(), READ)
    poller.set(pair[0].fileno(), READ | WRITE)
    assert poller.wait(1) == [(pair[0].fileno(), WRITE)]


def test_forgotten_descriptor_is_silent(poller, pair):
    poller.set(pair[0].fileno(), READ)
    poller.forget(pair[0].fileno())
    pair[1].send(b"x")
    assert poller.wait(0.01) == []
    assert poller.wait(0.01) == []
    poller.set(pair[0].fileno(), READ)
    assert poller.wait(1) == [(pair[0].fileno(), READ)]


def test_unknown_descriptor_is_forgotten_quietly(poller):
    poller.forget(12345)


def test_number_used_again_is_waited_for():
    poller = EpollPoller()
    first = os.pipe()
    poller.set(first[0], READ)
    poller.forget(first[0])
    os.close(first[0])
    os.close(first[1])
    second = os.pipe()
    assert first == second
    poller.set(second[0], READ)
    os.write(second[1], b"x")
    assert poller.wait(1) == [(second[0], READ)]
    os.close(second[0])
    os.close(second[1])
    poller.close()


def test_descriptor_still_open_elsewhere_makes_no_noise():
    poller = EpollPoller()
    ours, theirs = socket.socketpair()
    active, other = os.pipe()
    poller.set(active, READ)
    poller.set(ours.fileno(), READ)
    poller.forget(ours.fileno())
    elsewhere = os.dup(ours.fileno())  # as a forked process would hold it
    ours.close()
    theirs.close()
    poller.wait(0.01)
    assert poller.wait(0.01) == []
    os.write(other, b"x")
    assert poller.wait(1) == [(active, READ)]
    for fd in (elsewhere, active, other):
        os.close(fd)
    poller.close()


def test_cheapest_is_chosen():
    assert isinstance(make_poller(), EpollPoller)
