"""What strangers may try is counted over all processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.limits import (
    Limit,
    clear_request_counts,
    count_request,
    find_wait,
    forget_requests,
)
from accounts.models import RequestCount

pytestmark = pytest.mark.django_db
THREE = Limit(name="test", count=3, seconds=60)
ADDRESS = "203.0.113.7"


@pytest.fixture
def now():
    return timezone.now()


def ask(times, *who, now, limit=THREE):
    return [count_request(limit, *who, now=now) for _ in range(times)]


def test_more_than_so_many_must_wait(now):
    assert ask(4, ADDRESS, now=now) == [0, 0, 0, 60]
    later = now + timedelta(seconds=59.5)
    assert ask(1, ADDRESS, now=later) == [1]
    assert find_wait(THREE, ADDRESS, now=later) == 1


def test_limit_ends_with_its_time(now):
    ask(4, ADDRESS, now=now)
    later = now + timedelta(seconds=60)
    assert find_wait(THREE, ADDRESS, now=later) == 0
    assert ask(4, ADDRESS, now=later) == [0, 0, 0, 60]


def test_each_address_and_each_limit_counts_apart(now):
    ask(4, ADDRESS, now=now)
    assert ask(1, "203.0.113.8", now=now) == [0]
    assert ask(1, "page", ADDRESS, now=now) == [0]
    assert ask(1, ADDRESS, now=now, limit=Limit(name="x", count=1, seconds=9)) == [0]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        pytest.param("2001:db8:1:2::1", "2001:db8:1:2:ff::9", True, id="a network"),
        pytest.param("2001:db8:1:2::1", "2001:db8:1:3::1", False, id="two networks"),
        pytest.param("::ffff:203.0.113.7", "203.0.113.7", True, id="mapped"),
        pytest.param("::ffff:203.0.113.7", "::ffff:203.0.113.8", False, id="not one"),
        pytest.param(None, "", True, id="no address, as on a socket"),
    ],
)
def test_network_of_ipv6_counts_as_one(now, one, other, is_same):
    ask(3, one, now=now)
    assert bool(find_wait(THREE, other, now=now)) is is_same


def test_above_the_limit_nothing_is_written(now, django_assert_num_queries):
    ask(3, ADDRESS, now=now)
    with django_assert_num_queries(1):
        ask(1, ADDRESS, now=now)
    assert RequestCount.objects.get().count == 3


def test_forgotten_ones_begin_anew(now):
    ask(3, ADDRESS, now=now)
    forget_requests(THREE, ADDRESS)
    assert ask(1, ADDRESS, now=now) == [0]


def test_no_address_is_stored(now):
    ask(1, ADDRESS, now=now)
    assert ADDRESS not in RequestCount.objects.get().key


def test_what_is_over_is_cleared(now):
    ask(1, ADDRESS, now=now - timedelta(seconds=61))
    ask(1, "203.0.113.8", now=now)
    assert clear_request_counts(now=now) == 1
    assert RequestCount.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_no_more_pass_than_may(now):
    def ask_once(_):
        try:
            return count_request(THREE, ADDRESS, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(ask_once, range(24)))
    assert waits.count(0) == 3
