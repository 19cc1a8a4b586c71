"""A run that ended is written down once, compared with the one before, and told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.ids import uuid7
from monitors.actions.recording import (
    find_previous_run,
    record_failure,
    record_success,
)
from monitors.datatypes import Extraction, Page
from monitors.fetching import FetchedPage, PageUnavailable
from monitors.keeping import MAX_KEPT_BYTES, MAX_TOLD_BYTES, measure
from monitors.models import Job, Schedule
from tests.factories import (
    make_destination,
    make_monitor,
    make_network,
    make_rule,
    make_run,
    make_strategy,
)
from webhooks.models import Delivery, Event, Payload

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAGE = "https://example.com/products"
PRODUCTS = [
    {"title": "Product A", "price": "$19.99"},
    {"title": "Product B", "price": "$29.99"},
]
DEARER = [PRODUCTS[0], {"title": "Product B", "price": "$39.99"}]

pytestmark = pytest.mark.django_db


def make_running(monitor=None, **fields):
    """Make a run that somebody has claimed."""
    monitor = monitor or make_monitor(urls=[PAGE])
    defaults = {
        "url": monitor.urls[0],
        "status": "running",
        "lease_owner": uuid7(),
        "started_at": NOW - timedelta(seconds=2),
        "completed_at": None,
        "results": [],
        "item_count": 0,
        "content_hash": "",
    }
    return make_run(monitor=monitor, **defaults | fields)


def answer(status_code=200, **fields):
    defaults = {
        "url": PAGE,
        "page": Page(url=PAGE, content_type="text/html", text="<h1>Products</h1>"),
        "is_truncated": False,
        "duration_ms": 120,
        "etag": '"v1"',
        "last_modified": "",
        "retry_after": None,
        "certificate_expires_at": None,
    }
    return FetchedPage(status_code=status_code, **defaults | fields)


def succeed(job, items=PRODUCTS, *, fetched=None, notices=()):
    extraction = Extraction(items=tuple(items), notices=notices)
    record_success(job, fetched=fetched or answer(), extraction=extraction, now=NOW)
    return Job.objects.get(pk=job.pk)


def run(monitor, items=PRODUCTS, **options):
    return succeed(make_running(monitor), items, **options)


@pytest.fixture
def monitor():
    strategy = make_strategy(read_anew_at=NOW - timedelta(days=1), key_field="title")
    return make_monitor(strategy=strategy, urls=[PAGE])


def test_first_run_is_no_change(monitor):
    job = run(monitor, notices=("Drawn by a script.",))

    assert (job.status, job.completed_at, job.lease_owner) == ("completed", NOW, None)
    assert (job.results, job.item_count) == (PRODUCTS, 2)
    assert (job.has_changes, job.previous) == (False, None)
    assert (job.status_code, job.duration_ms, job.etag) == (200, 120, '"v1"')
    assert job.notices == ["Drawn by a script."]
    assert Schedule.objects.get().last_run_at == job.started_at


def test_same_again_is_no_change(monitor):
    first = run(monitor)
    second = run(monitor, PRODUCTS[::-1])

    assert (second.has_changes, second.previous) == (False, first)
    assert second.content_hash == first.content_hash


def test_change_is_counted(monitor):
    first = run(monitor)
    second = run(monitor, [*DEARER, {"title": "C", "price": "$1"}])

    assert (second.has_changes, second.previous) == (True, first)
    counts = (second.added_count, second.removed_count, second.changed_count)
    assert counts == (1, 0, 1)


def test_failed_run_between_does_not_count(monitor):
    first = run(monitor)
    error = PageUnavailable("Page not accessible: 404 Not Found")
    record_failure(make_running(monitor), error=error, status_code=404, now=NOW)

    assert run(monitor).previous == first


def test_each_page_is_compared_with_itself(monitor):
    run(monitor)
    other = succeed(make_running(monitor, url=f"{PAGE}/2"), DEARER)

    assert (other.has_changes, other.previous) == (False, None)


def test_other_monitor_of_the_page_does_not_count(monitor):
    run(make_monitor(strategy=monitor.strategy, urls=[PAGE]))

    assert run(monitor, DEARER).previous is None


def test_runs_without_a_monitor_follow_each_other(monitor):
    strategy = monitor.strategy
    fields = {"monitor": None, "strategy": strategy, "url": PAGE}

    def ask(items, **further):
        job = make_run(
            **fields, status="running", lease_owner=uuid7(), started_at=NOW, **further
        )
        return succeed(job, items)

    first = ask(PRODUCTS)
    run(monitor)
    assert ask(DEARER, parameters={"page": 2}).previous is None
    second = ask(DEARER)
    assert (second.previous, second.has_changes) == (first, True)


def test_strategy_that_reads_otherwise_begins_anew(monitor):
    run(monitor)
    strategy = monitor.strategy
    strategy.read_anew_at = NOW - timedelta(seconds=1)
    strategy.save()

    job = make_running(monitor, started_at=NOW)
    assert find_previous_run(job) is None
    assert not succeed(job, DEARER).has_changes


def test_other_strategy_begins_anew(monitor):
    run(monitor)
    monitor.strategy = make_strategy(
        organization=monitor.organization, read_anew_at=NOW - timedelta(days=1)
    )
    monitor.save()

    assert run(monitor, DEARER).previous is None


def test_nothing_new_repeats_the_results(monitor):
    first = run(monitor, notices=("Cut.",))
    job = make_running(monitor)
    fetched = answer(304, page=None, etag="", last_modified="")

    record_success(job, fetched=fetched, extraction=None, now=NOW)

    job = Job.objects.get(pk=job.pk)
    assert (job.status, job.status_code, job.has_changes) == ("completed", 304, False)
    assert (job.results, job.content_hash) == (PRODUCTS, first.content_hash)
    assert (job.item_count, job.previous, job.etag) == (2, first, '"v1"')
    assert job.notices == ["Cut."]


def test_nothing_new_without_a_run_before_fails(monitor):
    job = make_running(monitor)

    record_success(job, fetched=answer(304, page=None), extraction=None, now=NOW)

    job = Job.objects.get(pk=job.pk)
    assert (job.status, job.etag) == ("failed", "")
    assert "the next run reads the whole page" in job.error


def test_failure_is_written_with_its_sentence(monitor):
    job = make_running(monitor)

    record_failure(
        job,
        error=ProjectError("No answer within 30 s. " + "x" * 600, code="timeout"),
        status_code=None,
        now=NOW,
    )

    job = Job.objects.get(pk=job.pk)
    assert (job.status, job.error_code, job.status_code) == ("failed", "timeout", None)
    assert job.error.startswith("No answer within 30 s.")
    assert (job.completed_at, job.duration_ms) == (NOW, 2000)


def test_run_of_another_worker_is_left_alone(monitor):
    job = make_running(monitor)
    Job.objects.update(lease_owner=uuid7())

    succeed(job)
    record_failure(job, error=PageUnavailable(), status_code=None, now=NOW)

    assert Job.objects.get().status == "running"
    assert not Event.objects.exists()


def test_second_end_changes_nothing(monitor):
    job = make_running(monitor)
    again = Job.objects.select_related("schedule", "strategy").get()
    succeed(job)

    record_failure(again, error=PageUnavailable(), status_code=None, now=NOW)

    assert Job.objects.get().status == "completed"
    assert Event.objects.count() == 1


def test_deleted_monitor_does_not_lose_the_run(monitor):
    job = make_running(monitor)
    job.schedule.delete()

    assert succeed(job).status == "completed"


def test_what_no_database_keeps_is_replaced(monitor):
    job = run(monitor, [{"ti\x00tle": "a\x00b\ud800", "list": ["\udfff"]}])

    assert job.results == [{"ti\ufffdtle": "a\ufffdb\ufffd", "list": ["\ufffd"]}]


def test_large_page_is_bounded_and_its_end_noticed(monitor):
    items = [{"title": str(i), "text": "é" * 5_000} for i in range(1_000)]
    first = run(monitor, items)

    assert measure(first.results) <= MAX_KEPT_BYTES
    assert (first.item_count, len(first.results)) == (1_000, 104)
    assert "104 of 1,000 items are kept" in first.notices[0]
    [event] = Event.objects.all()
    assert measure(event.data["results"]) <= MAX_TOLD_BYTES
    assert event.data["results_truncated"] is True

    changed = run(monitor, [*items[:-1], {"title": "999", "text": "other"}])
    assert changed.has_changes
    assert (changed.added_count, changed.changed_count) == (0, 0)
    assert "beyond what is kept" in " ".join(changed.notices)


def test_one_section_of_ten_mib_is_cut(monitor):
    job = run(monitor, [{"heading": "", "level": 0, "content": "x" * 10_000_000}])

    assert len(job.results[0]["content"]) < 21_000
    assert job.item_count == 1


def test_cut_page_is_said_and_asked_for_whole(monitor):
    job = run(monitor, fetched=answer(is_truncated=True))

    assert "longer than 10 MiB" in job.notices[0]
    assert job.etag == ""


def own_destination(monitor, **fields):
    row = make_destination(
        organization=monitor.organization,
        managed_by="monitor",
        event_types=[],
        format="content_change",
        **fields,
    )
    Schedule.objects.filter(pk=monitor.pk).update(
        destination=row, webhook_metadata={"team": ["data", 1]}
    )
    return row


def test_documented_body_of_a_completed_run(monitor):
    row = own_destination(monitor)
    run(monitor)
    job = run(monitor, DEARER)

    event = Event.objects.get(subject_id=str(monitor.pk), data__has_changes=True)
    body = Payload.objects.get(event=event, format="content_change").body
    assert list(json.loads(body).items()) == [
        ("job_id", str(job.pk)),
        ("schedule_id", str(monitor.pk)),
        ("status", "completed"),
        ("url", PAGE),
        ("results", DEARER),
        ("item_count", 2),
        ("has_changes", True),
        ("content_hash", job.content_hash),
        ("completed_at", "2026-11-21T12:00:00Z"),
        ("metadata", {"team": ["data", 1]}),
    ]
    assert Delivery.objects.filter(destination=row).count() == 2


def test_documented_body_of_a_failed_run(monitor):
    own_destination(monitor)
    job = make_running(monitor)
    error = PageUnavailable("Page not accessible: 404 Not Found")

    record_failure(job, error=error, status_code=404, now=NOW)

    assert list(json.loads(Payload.objects.get().body).items()) == [
        ("job_id", str(job.pk)),
        ("schedule_id", str(monitor.pk)),
        ("status", "failed"),
        ("url", PAGE),
        ("error", "Page not accessible: 404 Not Found"),
        ("completed_at", "2026-11-21T12:00:00Z"),
        ("metadata", {"team": ["data", 1]}),
    ]


def test_event_reaches_each_destination_once(monitor):
    organization = monitor.organization
    own = own_destination(monitor)
    by_rule = make_destination(organization=organization, event_types=["monitor.*"])
    make_rule(organization=organization, event_types=["*"], targets=[by_rule])
    make_destination(organization=organization, event_types=["incident.*"])

    job = run(monitor)

    told = Delivery.objects.values_list("destination", flat=True)
    assert sorted(told) == sorted([own.pk, by_rule.pk])
    event = Event.objects.get()
    assert (event.type, event.trace) == ("monitor.job_completed", job.trace)
    assert (event.subject_kind, event.subject_label) == ("monitor", monitor.name)


def test_rule_may_ask_for_changes_only(monitor):
    target = make_destination(organization=monitor.organization, event_types=[])
    make_rule(
        organization=monitor.organization,
        event_types=["monitor.job_completed"],
        conditions=[{"field": "has_changes", "op": "equals", "value": True}],
        targets=[target],
    )
    run(monitor)
    assert not Delivery.objects.exists()

    run(monitor, DEARER)
    assert Delivery.objects.get().destination == target


def test_event_belongs_to_the_only_network(monitor):
    network = make_network(organization=monitor.organization)
    monitor.networks.add(network)
    other = make_network(organization=monitor.organization)
    make_destination(organization=monitor.organization, networks=[other])
    inside = make_destination(organization=monitor.organization, networks=[network])

    run(monitor)

    assert Event.objects.get().network == network
    assert Delivery.objects.get().destination == inside
