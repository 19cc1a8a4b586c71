"""Runs and previews, in the process of whoever asks."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from integrations_project.lib.exceptions import ProjectError
from monitors.actions.jobs import create_batch, create_job, read_once, run_job_now
from monitors.fetching import origin_of
from monitors.models import Host, Job
from tests.factories import make_monitor, make_strategy
from tests.http_server import Answer, redirect

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = b"<h1>Prices</h1><p>Basic: 5 euro</p>"
HTML = ("Content-Type", "text/html; charset=utf-8")
NO_ROBOTS = Answer(status=404)


def page(body=PAGE, *headers, **options):
    return Answer(body=body, headers=[HTML, *headers], **options)


@pytest.fixture
def site(sink):
    """A site without robots.txt that shows one page everywhere."""
    sink.always(page())
    sink.always(NO_ROBOTS, path="/robots.txt")
    return sink


def list_pages(site):
    return [each for each in site.requests if each.path != "/robots.txt"]


def run(**fields):
    monitor = fields.pop("monitor", None)
    strategy = monitor.strategy if monitor else make_strategy()
    job = create_job(strategy, schedule=monitor, now=timezone.now(), **fields)
    return run_job_now(job.pk)


def test_job_is_made_and_a_runner_called(site):
    job = create_job(make_strategy(), url=site.url, now=timezone.now())
    assert job.status == "pending"
    assert OrmQ.objects.get().key == "monitors"


def test_batch_has_one_job_a_page(site):
    urls = [f"{site.url}{name}" for name in "ab"]
    batch_id, jobs = create_batch(make_strategy(), urls=urls, now=timezone.now())
    stored = Job.objects.filter(batch_id=batch_id).order_by("pk")
    assert [each.url for each in stored] == urls == [each.url for each in jobs]


def test_job_runs_at_once(site):
    job = run(url=site.url)
    assert job.status == "completed", job.error
    assert job.results == [
        {"heading": "Prices", "level": 1, "content": "Basic: 5 euro"}
    ]
    assert job.status_code == 200
    assert job.lease_owner is None


def test_parameters_are_put_into_the_address(site):
    strategy = make_strategy(parameters={"q": "a", "page": 1})
    job = create_job(
        strategy, url=f"{site.url}list", parameters={"page": 2}, now=timezone.now()
    )
    run_job_now(job.pk)
    assert list_pages(site)[0].path == "/list?q=a&page=2"


def test_job_that_a_worker_has_is_awaited(site):
    job = create_job(make_strategy(), url=site.url, now=timezone.now())
    site.always(page(delay_seconds=0.5))

    def work():
        try:
            run_job_now(job.pk)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    while Job.objects.get().status == "pending":
        time.sleep(0.01)
    assert run_job_now(job.pk).status == "completed"
    worker.join()
    assert len(list_pages(site)) == 1


def test_nobody_waits_for_ever(site):
    job = create_job(make_strategy(), url=site.url, now=timezone.now())
    Job.objects.update(status="running", due_at=timezone.now() + timedelta(seconds=60))
    assert run_job_now(job.pk, wait_seconds=0.3).status == "running"


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        pytest.param(
            Answer(status=404),
            "http_404",
            "The page was answered with 404 Not Found.",
            id="missing",
        ),
        pytest.param(
            Answer(headers=[("Content-Type", "image/png")]),
            "not_text",
            "The address was answered with something that is no text",
            id="image",
        ),
        pytest.param(Answer(instead="reset"), "", "", id="reset"),
        pytest.param(
            Answer(status=503, headers=[("Retry-After", "90")]),
            "http_503",
            "The site asks to be left alone for 90 seconds.",
            id="busy",
        ),
    ],
)
def test_failed_job_says_why(site, answer, code, sentence):
    site.always(answer, path="/")
    job = run(url=site.url)
    assert job.status == "failed"
    assert job.error.endswith(".")
    assert sentence in job.error
    assert not code or job.error_code == code


def test_status_that_is_expected_is_no_failure(site):
    site.always(page(status=401), path="/")
    monitor = make_monitor(urls=[site.url], expectations={"status_codes": [401]})
    assert run(url=site.url, monitor=monitor).status == "completed"


def test_refused_address_is_named():
    job = run(url="http://10.0.0.1/")
    assert job.status == "failed"
    assert job.error_code == "address_refused"
    assert "10.0.0.1" in job.error


@pytest.mark.parametrize(
    "url", ["http://[x", "nonsense", "ftp://example.com/", "http:///path", ""]
)
def test_address_that_is_none_is_said_so(url):
    job = run(url=url)
    assert (job.status, job.error_code) == ("failed", "url_refused")


def test_redirect_to_nowhere_is_said_so(site):
    site.always(redirect("http://[x"), path="/")
    job = run(url=site.url)
    assert job.error_code == "bad_redirect"


def test_errand_is_of_another_origin_after_a_redirect(site, make_sink):
    other = make_sink()
    other.always(page(b"<h1>Moved</h1><p>here</p>"))
    other.always(NO_ROBOTS, path="/robots.txt")
    site.always(redirect(f"{other.url}new"), path="/")
    assert run(url=site.url).results[0]["heading"] == "Moved"
    assert set(Host.objects.values_list("origin", flat=True)) == {
        origin_of(site.url),
        origin_of(other.url),
    }


# robots.txt

FORBID = Answer(body=b"User-agent: *\nDisallow: /private\n")


def test_forbidden_page_is_not_read(site):
    site.always(FORBID, path="/robots.txt")
    job = run(url=f"{site.url}private")
    assert job.error_code == "robots_forbid"
    assert "robots.txt forbids reading this page" in job.error
    assert list_pages(site) == []


def test_monitor_may_switch_robots_off(site):
    site.always(FORBID, path="/robots.txt")
    url = f"{site.url}private"
    monitor = make_monitor(urls=[url], honours_robots=False)
    assert run(url=url, monitor=monitor).status == "completed"
    assert [each.path for each in site.requests] == ["/private"]


def test_robots_are_read_once_a_day(site):
    run(url=site.url)
    run(url=f"{site.url}other")
    paths = [each.path for each in site.requests]
    assert paths == ["/robots.txt", "/", "/other"]
    row = Host.objects.get()
    assert (row.origin, row.robots_status) == (origin_of(site.url), 404)


def test_broken_robots_forbid_all(site):
    site.always(Answer(status=500), path="/robots.txt")
    job = run(url=site.url)
    assert job.error_code == "robots_unavailable"
    assert "500" in job.error


def test_robots_of_a_redirect_count(site, make_sink):
    other = make_sink()
    other.always(FORBID, path="/robots.txt")
    site.always(redirect(f"{other.url}private"), path="/")
    job = run(url=site.url)
    assert job.error_code == "robots_forbid"
    assert other.url in job.error


# conditions


def test_unchanged_page_costs_nothing(site):
    monitor = make_monitor(urls=[site.url])
    site.play(page(PAGE, ("ETag", '"one"')), path="/")
    first = run(url=site.url, monitor=monitor)
    site.play(Answer(status=304, body=b""), path="/")
    second = run(url=site.url, monitor=monitor)
    assert list_pages(site)[1].headers["If-None-Match"] == '"one"'
    assert second.status == "completed"
    assert second.results == first.results
    assert not second.has_changes


def test_changed_strategy_reads_anew(site):
    monitor = make_monitor(urls=[site.url])
    site.play(page(PAGE, ("ETag", '"one"')), path="/")
    run(url=site.url, monitor=monitor)
    monitor.strategy.read_anew_at = timezone.now()
    monitor.strategy.save()
    run(url=site.url, monitor=monitor)
    assert list_pages(site)[1].headers["If-None-Match"] is None


def test_other_parameters_are_another_page(site):
    monitor = make_monitor(urls=[site.url])
    site.play(page(PAGE, ("ETag", '"one"')), path="/")
    run(url=site.url, monitor=monitor)
    run(url=site.url, monitor=monitor, parameters={"page": 2})
    assert list_pages(site)[1].headers["If-None-Match"] is None


# manners


def test_site_that_asks_to_wait_is_left_alone(site):
    site.always(Answer(status=429, headers=[("Retry-After", "60")]), path="/")
    run(url=site.url)
    row = Host.objects.get()
    assert row.next_at - timezone.now() > timedelta(seconds=55)
    site.always(page(), path="/")
    job = create_job(make_strategy(), url=site.url, now=timezone.now())
    assert run_job_now(job.pk, wait_seconds=0.3).status == "pending"
    assert len(list_pages(site)) == 1


# previews


def test_preview_stores_nothing(site):
    found = read_once(make_strategy(), url=site.url, now=timezone.now())
    assert found.items[0]["heading"] == "Prices"
    assert not Job.objects.exists()


def test_preview_keeps_what_the_filter_lets_through(site):
    site.always(page(b"<h1>A</h1><p>one</p><h1>B</h1><p>two</p>"))
    config = {"conditions": [{"field": "heading", "operator": "equals", "value": "B"}]}
    strategy = make_strategy(filter_config=config)
    found = read_once(strategy, url=site.url, now=timezone.now())
    assert [each["heading"] for each in found.items] == ["B"]


@pytest.mark.parametrize(
    ("path", "url", "code"),
    [
        pytest.param("/", "", "http_500", id="broken site"),
        pytest.param("", "http://10.0.0.1/", "address_refused", id="private"),
        pytest.param("", "ftp://example.com/", "url_refused", id="no web address"),
    ],
)
def test_preview_says_what_is_wrong(site, path, url, code):
    site.always(Answer(status=500), path=path or "/unused")
    with pytest.raises(ProjectError) as caught:
        read_once(make_strategy(), url=url or site.url, now=timezone.now())
    assert caught.value.error_code == code
