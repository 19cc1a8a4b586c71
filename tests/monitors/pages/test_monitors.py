"""The list of monitors, one of them, and what is done with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors.models import Job, Schedule
from tests.factories import (
    make_membership,
    make_monitor,
    make_network,
    make_organization,
    make_run,
    make_strategy,
)

pytestmark = pytest.mark.django_db
LIST = "/monitors/"


def text(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def strategy(organization):
    return make_strategy(organization=organization)


@pytest.fixture
def monitor(strategy):
    return make_monitor(strategy=strategy, name="Prices", urls=["https://a.example/p"])


def test_list_says_how_each_does(client, sign_in, monitor, strategy):
    sign_in()
    make_run(monitor=monitor)
    make_run(monitor=monitor, has_changes=True, added_count=2, removed_count=1)
    make_run(monitor=monitor, status="failed", error="The page answered 500.")
    make_monitor(strategy=strategy, name="Asleep", enabled=False)
    page = text(client.get(LIST))
    assert "https://a.example/p · every 1 h" in page
    assert 'aria-label="Last 3 runs: 1 with changes, 1 failed"' in page
    assert "<title>2 added, 1 removed</title>" in page
    assert "Not run yet" in page
    assert "Asleep" in page
    assert "Paused" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("?q=pric", ["Prices"], id="name"),
        pytest.param("?q=b.example", ["Stock"], id="address"),
        pytest.param("?state=failing", ["Stock"], id="failing"),
        pytest.param("?state=working", ["Prices"], id="working"),
        pytest.param("?state=changed", ["Prices"], id="unseen change"),
        pytest.param("?state=paused", ["Asleep"], id="paused"),
        pytest.param("?state=new", ["Asleep"], id="not run"),
        pytest.param("?state=new&q=pric", [], id="both"),
        pytest.param("?state=nonsense", ["Prices", "Stock", "Asleep"], id="nonsense"),
        pytest.param("?before=nonsense", ["Prices", "Stock", "Asleep"], id="cursor"),
    ],
)
def test_list_is_searched(client, sign_in, monitor, strategy, query, found):
    sign_in()
    now = timezone.now()
    Schedule.objects.update(last_run_at=now)
    make_run(monitor=monitor, has_changes=True, changed_count=1)
    make_monitor(
        strategy=strategy,
        name="Stock",
        urls=["https://b.example/"],
        consecutive_failures=2,
        last_run_at=now,
    )
    make_monitor(strategy=strategy, name="Asleep", enabled=False)
    page = text(client.get(LIST + query))
    names = [n for n in ("Prices", "Stock", "Asleep") if f">{n}</a>" in page]
    assert names == found
    assert ("No monitor matches" in page) == (not found)


def test_a_thousand_are_paged_in_few_queries(client, sign_in, strategy):
    sign_in()
    rows = [
        Schedule(
            organization=strategy.organization,
            strategy=strategy,
            name=f"Page {number:04}",
            urls=["https://a.example/"],
            interval_seconds=60,
        )
        for number in range(1000)
    ]
    Schedule.objects.bulk_create(rows)
    Job.objects.bulk_create(
        Job(
            organization=strategy.organization,
            strategy=strategy,
            schedule=row,
            status="completed",
            url="https://a.example/",
        )
        for row in rows[-60:]
        for _ in range(30)
    )
    with CaptureQueriesContext(
        connection,
    ) as first:
        page = client.get(LIST)
    assert len(page.context["page"].rows) == 50
    assert all(len(chart.columns) == 24 for _, chart in page.context["rows"])
    with CaptureQueriesContext(connection) as second:
        older = client.get(page.context["page"].next_url)
    assert older.context["page"].previous_url
    assert len(second) == len(first)
    assert len(first) <= 12


def test_empty_list_asks_for_a_page(client, sign_in):
    sign_in()
    page = text(client.get(LIST))
    assert "No monitors yet" in page
    assert 'name="url"' in page


def test_viewer_reads_only(client, sign_in, monitor):
    sign_in("viewer")
    assert "Add monitor" not in text(client.get(LIST))
    page = text(client.get(monitor.get_absolute_url()))
    assert "Run now" not in page
    for verb in ("toggle", "run", "delete", "secret", "verify", "changes"):
        answer = client.post(f"{monitor.get_absolute_url()}{verb}/")
        assert answer.status_code == 403, verb
    assert client.get(f"{LIST}add/").status_code == 403
    monitor.refresh_from_db()
    assert monitor.enabled


def test_network_admin_leaves_others_alone(client, organization, strategy):
    mine = make_network(organization=organization)
    theirs = make_network(organization=organization)
    person = make_membership(
        organization=organization, role="network_admin", networks=[mine]
    )
    client.force_login(person.user, "django.contrib.auth.backends.ModelBackend")
    own = make_monitor(strategy=strategy, networks=[mine])
    foreign = make_monitor(strategy=strategy, networks=[theirs])
    assert client.post(f"{own.get_absolute_url()}toggle/").status_code == 302
    assert client.post(f"{foreign.get_absolute_url()}toggle/").status_code == 403
    assert client.get(strategy.get_absolute_url()).status_code == 200
    assert client.post(strategy.get_absolute_url(), {}).status_code == 403


def test_monitors_of_others_are_not_found(client, sign_in):
    sign_in()
    foreign = make_monitor(organization=make_organization())
    run = make_run(monitor=foreign)
    for path in ("", "edit/", "changes/", "changelog/", "secret/", "delete/"):
        assert client.get(f"{foreign.get_absolute_url()}{path}").status_code == 404
    for path in ("", "diff/", "results.json"):
        assert client.get(f"{run.get_absolute_url()}{path}").status_code == 404
    assert client.get(foreign.strategy.get_absolute_url()).status_code == 404


def test_detail_shows_runs_by_pages(client, sign_in, monitor):
    sign_in()
    for _ in range(26):
        make_run(monitor=monitor)
    make_run(monitor=monitor, status="failed", error="The page answered 500.")
    page = client.get(monitor.get_absolute_url())
    assert len(page.context["page"].rows) == 25
    assert "The page answered 500." in text(page)
    older = client.get(page.context["page"].next_url)
    assert len(older.context["page"].rows) == 2
    failed = client.get(f"{monitor.get_absolute_url()}?state=failed")
    assert len(failed.context["page"].rows) == 1


def test_detail_reads_no_results_for_its_list(client, sign_in, monitor):
    sign_in()
    for _ in range(3):
        make_run(monitor=monitor)
    with CaptureQueriesContext(connection) as asked:
        client.get(monitor.get_absolute_url())
    assert not [q for q in asked if '"monitors_job"."results"' in q["sql"]]
    assert len(asked) <= 16


def test_detail_says_what_is_expected(client, sign_in, monitor):
    sign_in()
    monitor.expectations = {"status_codes": [200], "text": ["In stock"], "tls_days": 14}
    monitor.consecutive_failures = 3
    monitor.last_error = "The page lacks the text 'In stock'."
    monitor.save()
    page = text(client.get(monitor.get_absolute_url()))
    assert "status 200, the text “In stock”, a certificate that lasts 14" in page
    assert "The last run failed" in page


def test_pause_and_resume(client, sign_in, monitor):
    sign_in()
    back = f"{LIST}?state=working"
    answer = client.post(f"{monitor.get_absolute_url()}toggle/", {"next": back})
    assert answer.headers["Location"] == back
    monitor.refresh_from_db()
    assert not monitor.enabled
    page = client.post(
        f"{monitor.get_absolute_url()}toggle/",
        {"next": "https://evil.example/monitors/"},
        follow=True,
    )
    assert "runs again" in text(page)
    monitor.refresh_from_db()
    assert monitor.enabled
    assert monitor.next_run_at > timezone.now()


def test_run_now_waits_on_the_page(client, sign_in, monitor):
    sign_in()
    page = client.post(f"{monitor.get_absolute_url()}run/", follow=True)
    assert "The page is read now." in text(page)
    assert "A run has not ended yet" in text(page)
    assert Job.objects.get(schedule=monitor).slot_at is None


def test_delete_says_what_goes_and_keeps_runs(client, sign_in, monitor):
    sign_in()
    run = make_run(monitor=monitor, created_at=timezone.now() - timedelta(hours=1))
    page = text(client.get(f"{monitor.get_absolute_url()}delete/"))
    assert "Delete the monitor “Prices”?" in page
    assert "Its runs stay" in page
    client.post(f"{monitor.get_absolute_url()}delete/")
    assert not Schedule.objects.exists()
    page = text(client.get(run.get_absolute_url()))
    assert "its monitor is deleted" in page
