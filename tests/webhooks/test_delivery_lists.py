"""The lists of deliveries: right for every filter, bounded for every one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.permissions import Access
from integrations_project.lib.ids import uuid7
from tests.factories import (
    make_delivery,
    make_destination,
    make_event,
    make_organization,
)
from webhooks import delivery_lists
from webhooks.delivery_filters import FILTERS, parse_filters
from webhooks.delivery_lists import (
    Cursor,
    count_open,
    count_up_to,
    find_deliveries,
    find_first_id,
    list_webhook_names,
)
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def access(db):
    return Access(organization=make_organization(), role="viewer")


@pytest.fixture
def webhook(access):
    return make_destination(
        organization=access.organization,
        label="Pager",
        url="https://pager.example.com/in",
    )


@pytest.fixture
def find(access):
    """Find deliveries as an address asks for them; returns the page."""

    def run(cursor=None, page_size=50, **chosen):
        filters = parse_filters(dict.fromkeys(FILTERS, "") | chosen, now=timezone.now())
        return find_deliveries(
            access,
            filters,
            cursor=cursor or Cursor(),
            webhooks=list_webhook_names(access),
            page_size=page_size,
        )

    return run


def make_deliveries(webhook, count, **fields):
    return [
        make_delivery(
            destination=webhook,
            event=make_event(organization=webhook.organization),
            **fields,
        )
        for _ in range(count)
    ]


def pks(rows):
    return [row.pk for row in rows]


def test_pages_lead_back_and_forth(find, webhook):
    made = pks(make_deliveries(webhook, 7))[::-1]
    first = find(page_size=3)
    second = find(first.older, page_size=3)
    third = find(second.older, page_size=3)
    assert [pks(p.rows) for p in (first, second, third)] == [
        made[:3],
        made[3:6],
        made[6:],
    ]
    assert first.newer is None
    assert third.older is None
    assert pks(find(third.newer, page_size=3).rows) == made[3:6]
    assert pks(find(second.newer, page_size=3).rows) == made[:3]


@pytest.mark.parametrize("status", Delivery.Status.values)
def test_each_status_is_found(find, webhook, status):
    wanted = make_deliveries(webhook, 2, status=status)
    other = "delivered" if status != "delivered" else "failed"
    make_deliveries(webhook, 2, status=other)
    make_delivery(status=status)  # of somebody else
    assert pks(find(status=status).rows) == pks(wanted)[::-1]
    assert pks(find(status=status, webhook=str(webhook.pk)).rows) == pks(wanted)[::-1]


@pytest.mark.parametrize(
    "words",
    ["API Gateway", "api gate", "pager.example", "PAGER", "refused the", "incident.op"],
)
def test_words_are_found_where_they_are(find, access, webhook, words):
    event = make_event(
        organization=access.organization, subject_label="The API Gateway is down"
    )
    wanted = make_delivery(
        destination=webhook, event=event, last_error="It refused the connection."
    )
    make_delivery(
        destination=make_destination(organization=access.organization, label="Other"),
        event=make_event(organization=access.organization, type="alert.x"),
    )
    assert pks(find(q=words).rows) == [wanted.pk]


def test_every_id_is_found(find, access, webhook):
    subject = uuid7()
    event = make_event(organization=access.organization, subject_id=str(subject))
    wanted = make_delivery(destination=webhook, event=event)
    make_deliveries(make_destination(organization=access.organization), 2)
    for text in (
        wanted.pk,
        f"#{wanted.pk}",
        event.pk,
        event.trace,
        webhook.pk,
        subject,
    ):
        assert pks(find(q=str(text)).rows) == [wanted.pk], text
    foreign = make_delivery()
    for text in (foreign.pk, foreign.trace, uuid7(), "9" * 18, "9" * 40):
        assert find(q=str(text)).rows == [], text


def test_page_ends_after_so_many_rows(find, webhook, monkeypatch):
    monkeypatch.setattr(delivery_lists, "ROWS_SEARCHED", 4)
    make_delivery(destination=webhook, last_error="the needle")
    make_deliveries(webhook, 9)
    page = find(q="needle")
    looked = []
    while page.older:
        looked.append((len(page.rows), page.tested_count))
        page = find(page.older, q="needle")
    assert looked == [(0, 4), (0, 4)]
    assert [row.last_error for row in page.rows] == ["the needle"]
    assert page.tested_count == 0


def test_times_are_found_by_ids(find, webhook):
    make_deliveries(webhook, 2)
    now = timezone.now()
    assert len(find(since="1h").rows) == 2
    assert find(since=(now + timedelta(minutes=1)).isoformat()).rows == []
    assert len(find(until=(now + timedelta(minutes=1)).isoformat()).rows) == 2
    assert find(until=(now - timedelta(minutes=1)).isoformat()).rows == []
    assert find_first_id(now + timedelta(days=1)) is None


@pytest.mark.parametrize(
    "chosen",
    [
        {"since": "2026-13-45"},
        {"since": "yesterday"},
        {"until": "\N{SNOWMAN}"},
        {"since": "between", "from": "x"},
        {"status": "lost"},
        {"webhook": "x"},
    ],
    ids=str,
)
def test_nonsense_matches_nothing_and_is_said(find, webhook, chosen):
    make_deliveries(webhook, 1)
    filters = parse_filters(dict.fromkeys(FILTERS, "") | chosen, now=timezone.now())
    assert filters.mistake
    assert find(**chosen).rows == []


def test_counting_stops(webhook):
    make_deliveries(webhook, 3)
    make_deliveries(webhook, 2, status="sending")
    assert count_open(webhook, limit=100) == 5
    assert count_up_to(Delivery.objects.all(), 4) == 4


@pytest.mark.parametrize(
    ("chosen", "limit"),
    [
        ({}, 2),
        ({"status": "failed"}, 2),
        ({"status": "pending"}, 3),
        ({"type": "incident.*"}, 3),
        ({"since": "24h", "until": "2099-01-01", "q": "needle"}, 5),
        ({"q": "01890000-0000-7000-8000-000000000001"}, 5),
    ],
    ids=str,
)
def test_statements_are_few(
    find, webhook, django_assert_max_num_queries, chosen, limit
):
    make_deliveries(webhook, 3)
    with django_assert_max_num_queries(limit):
        find(**chosen)
