"""Changes are pulled once, filtered item by item, and read page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitors.actions import pulling
from monitors.actions.pulling import list_changelog, list_changes
from monitors.exceptions import InvalidFilter
from monitors.models import Job
from tests.factories import make_monitor, make_run, make_strategy

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NEWS = [
    {"title": "Tariff on steel", "by": "Ann"},
    {"title": "Election results", "by": "Bob"},
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def monitor():
    return make_monitor(strategy=make_strategy(key_field="title"))


def add(monitor, results, **fields):
    """Add a changed run after those that are there."""
    previous = Job.objects.order_by("-id").first()
    hour = Job.objects.count()
    defaults = {
        "has_changes": previous is not None,
        "previous": previous,
        "completed_at": NOW + timedelta(hours=hour),
    }
    return make_run(monitor=monitor, results=results, **defaults | fields)


def pull(monitor, filter_text="", *, mark_seen=True):
    return list_changes(monitor, filter_text=filter_text, mark_seen=mark_seen, now=NOW)


def test_unseen_changes_come_once_the_newest_first(monitor):
    add(monitor, NEWS[:1])
    second = add(monitor, NEWS)
    third = add(monitor, NEWS[1:])
    add(monitor, NEWS[1:], has_changes=False)

    found = pull(monitor)

    assert [each.job for each in found.changes] == [third, second]
    assert [each.items for each in found.changes] == [NEWS[1:], NEWS]
    assert (found.is_marked, found.has_more) == (True, False)
    assert Job.objects.get(pk=third.pk).seen_at == NOW
    assert pull(monitor).changes == []


def test_looking_does_not_mark(monitor):
    add(monitor, [])
    add(monitor, NEWS)

    assert not pull(monitor, mark_seen=False).is_marked
    assert len(pull(monitor).changes) == 1


def test_of_other_monitors_nothing_comes(monitor):
    add(make_monitor(), NEWS, has_changes=True)

    assert pull(monitor).changes == []


def test_filter_keeps_matching_items_and_leaves_the_rest_unseen(monitor):
    add(monitor, [])
    matching = add(monitor, NEWS)
    other = add(monitor, NEWS[1:])

    [found] = pull(monitor, "+tariff -bob").changes

    assert (found.job, found.items) == (matching, NEWS[:1])
    assert [each.job for each in pull(monitor).changes] == [other]


@pytest.mark.parametrize("read", [pull, lambda m, f: list_changelog(m, filter_text=f)])
def test_filter_that_cannot_be_read(monitor, read):
    with pytest.raises(InvalidFilter):
        read(monitor, '"open')


def test_what_does_not_fit_comes_next(monitor, monkeypatch):
    monkeypatch.setattr(pulling, "MAX_ANSWER_BYTES", 100)
    add(monitor, [])
    runs = [add(monitor, NEWS[:1]), add(monitor, NEWS), add(monitor, NEWS[1:])]

    first, second = pull(monitor), pull(monitor)

    assert (first.has_more, second.has_more) == (True, True)
    came = [
        each.job for found in (first, second, pull(monitor)) for each in found.changes
    ]
    assert came == runs


def test_changelog_has_new_and_removed_items(monitor):
    add(monitor, NEWS[:1])
    by_other = {**NEWS[0], "by": "Cleo"}
    run = add(monitor, [by_other, NEWS[1]])

    log = list_changelog(monitor)

    [entry] = log.entries
    assert (entry.job, log.total, log.has_more) == (run, 1, False)
    assert entry.new_items == [NEWS[1], by_other]
    assert entry.removed_items == [NEWS[0]]
    assert (entry.new_items_count, entry.removed_items_count) == (2, 1)
    assert entry.changed[0].after == by_other


def test_changelog_has_pages(monitor):
    runs = [add(monitor, [{"title": str(i)}]) for i in range(6)][1:]

    first = list_changelog(monitor, limit=2)
    last = list_changelog(monitor, limit=2, offset=4)

    assert [each.job for each in first.entries] == [runs[4], runs[3]]
    assert [each.job for each in last.entries] == [runs[0]]
    assert (first.total, first.has_more, last.has_more) == (5, True, False)


def test_counts_alone(monitor, django_assert_num_queries):
    add(monitor, [])
    add(monitor, NEWS, added_count=2, changed_count=1)

    with django_assert_num_queries(2):
        [entry] = list_changelog(monitor, include_items=False).entries

    assert (entry.new_items, entry.new_items_count) == ([], 3)
    assert entry.removed_items_count == 1


def test_run_before_is_gone(monitor):
    add(monitor, NEWS, has_changes=True, previous=None, removed_count=4)

    [entry] = list_changelog(monitor).entries
    assert (entry.new_items, entry.removed_items_count) == ([], 4)


def test_filtered_changelog_has_pages_of_its_own(monitor):
    add(monitor, [])
    with_tariff = [add(monitor, NEWS), add(monitor, NEWS[1:])]
    add(monitor, [NEWS[1], {"title": "Sport"}])

    found = list_changelog(monitor, filter_text="tariff", limit=1)
    rest = list_changelog(
        monitor, filter_text="tariff", limit=1, offset=1, include_items=False
    )

    assert [each.job for each in found.entries] == [with_tariff[1]]
    assert found.entries[0].removed_items == NEWS[:1]
    assert (found.total, found.has_more) == (None, True)
    assert [each.job for each in rest.entries] == [with_tariff[0]]
    assert rest.entries[0].new_items == []
    assert (rest.entries[0].new_items_count, rest.has_more) == (1, False)
