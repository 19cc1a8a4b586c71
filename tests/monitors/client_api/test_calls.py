"""What calls do: strategies, runs, schedules and watches are made, once."""

from __future__ import annotations

import pytest

from accounts.models import AuditEntry
from monitors.models import Job, Schedule, Strategy
from tests.e2e.meter_site import SHOP
from tests.factories import (
    make_monitor,
    make_network,
    make_run,
    make_service,
    make_strategy,
)
from webhooks.models import Destination

pytestmark = pytest.mark.django_db

METADATA = {"team": "data"}


@pytest.fixture
def strategy(organization, site):
    return make_strategy(organization=organization, url=f"{site.url}/docs")


def test_strategy_is_made_from_its_page(program, site):
    body = {
        "url": f"{site.url}/shop",
        "name": "Shop",
        "output_schema": SHOP,
        "ignored_fields": ["link"],
        "key_field": "title",
    }
    answer = program.post("strategies/generate", body)
    shown = answer.json()
    assert answer.status_code == 201, shown
    assert shown["item_count"] == 2
    strategy = Strategy.objects.get(pk=shown["strategy_id"])
    assert strategy.preview_data == shown["preview_data"]
    assert strategy.key_field == "title"
    entry = AuditEntry.objects.get(action="strategy.created")
    assert entry.api_key is not None
    assert Job.objects.count() == 0


def test_strategy_is_made_once_for_a_key(program, site):
    body = {"url": f"{site.url}/docs", "name": "Docs", "scraper_type": "content"}
    first = program.post("strategies/generate", body, Idempotency_Key="k1")
    again = program.post("strategies/generate", body, Idempotency_Key="k1")
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    other = body | {"name": "Other"}
    answer = program.post("strategies/generate", other, Idempotency_Key="k1")
    assert answer.status_code == 422
    assert Strategy.objects.count() == 1


def test_page_that_is_drawn_by_scripts_is_told(program, site):
    html = "<html><body><div id=app>Loading</div><script src=x></script></body></html>"
    site.say("/app", html)
    body = {"url": f"{site.url}/app", "name": "App", "scraper_type": "content"}
    shown = program.post("strategies/generate", body).json()
    assert "JavaScript" in shown["notices"][0]


def test_strategy_is_changed_or_not_at_all(program, strategy):
    path = f"strategies/{strategy.pk}"
    changed = program.patch(path, {"name": "Other", "ignored_patterns": ["\\d+"]})
    assert changed.json()["ignored_patterns"] == ["\\d+"]
    wrong = program.patch(path, {"name": "Third", "ignored_patterns": ["("]})
    assert wrong.status_code == 422
    assert program.get(path).json()["name"] == "Other"


def test_content_strategy_takes_no_selectors(program, strategy):
    path = f"strategies/{strategy.pk}"
    answer = program.patch(path, {"output_schema": SHOP})
    assert answer.status_code == 422
    assert "no output_schema" in answer.json()["detail"]
    assert program.get(path).json()["output_schema"] is None


def test_selectors_are_changed(program, organization):
    strategy = make_strategy(
        organization=organization, scraper_type="css", output_schema={"title": "h1"}
    )
    path = f"strategies/{strategy.pk}"
    assert program.patch(path, {"output_schema": SHOP}).status_code == 200
    answer = program.patch(path, {"output_schema": {"title": "string"}})
    assert answer.status_code == 422
    assert "CSS selectors" in answer.json()["detail"]
    assert program.get(path).json()["output_schema"] == SHOP


def test_deleted_strategy_takes_its_rows_along(program, strategy):
    monitor = make_monitor(strategy=strategy)
    make_run(monitor=monitor)
    assert program.delete(f"strategies/{strategy.pk}").status_code == 200
    assert not Schedule.objects.exists()
    assert not Job.objects.exists()


def test_job_is_executed_in_the_request(program, strategy, site):
    body = {"strategy_id": str(strategy.pk), "url": f"{site.url}/docs"}
    answer = program.post("jobs/execute", body)
    shown = answer.json()
    assert answer.status_code == 200, shown
    assert shown["status"] == "completed"
    assert shown["item_count"] == len(shown["results"]) == 2
    site.docs(basic=6)
    again = program.post("jobs/execute", body).json()
    assert again["content_hash"] != shown["content_hash"]


def test_job_that_fails_is_in_the_answer(program, strategy, site):
    body = {"strategy_id": str(strategy.pk), "url": f"{site.url}/gone"}
    answer = program.post("jobs/execute", body)
    shown = answer.json()
    assert answer.status_code == 422
    assert "404" in shown["detail"]
    assert shown["status"] == "failed"
    assert shown["results"] is None
    assert program.get(f"jobs/{shown['job_id']}").json()["error"] == shown["error"]


def test_batch_is_one_job_for_each_page(program, strategy, site):
    urls = [f"{site.url}/docs", f"{site.url}/shop", f"{site.url}/docs"]
    body = {"strategy_id": str(strategy.pk), "urls": urls}
    shown = program.post("jobs", body).json()
    assert shown["job_count"] == 2
    jobs = Job.objects.filter(batch_id=shown["batch_id"])
    assert {str(job.pk) for job in jobs} == set(shown["job_ids"])
    assert {job.url for job in jobs} == set(urls)


def test_parameters_are_written_as_addresses_have_them(program, strategy):
    given = {"page": 2, "all": True, "tags": ["a", False], "q": "é"}
    body = {"strategy_id": str(strategy.pk), "url": strategy.url, "parameters": given}
    shown = program.post("jobs", body).json()
    wanted = {"page": 2, "all": "true", "tags": ["a", "false"], "q": "é"}
    assert shown["parameters"] == wanted


def test_schedule_keeps_a_webhook_of_its_own(program, strategy):
    body = {
        "strategy_id": str(strategy.pk),
        "url": strategy.url,
        "interval_seconds": 3600,
        "webhook_url": "http://127.0.0.1:47999/hook",
        "webhook_metadata": METADATA,
    }
    answer = program.post("schedules", body)
    shown = answer.json()
    assert answer.status_code == 201, shown
    destination = Destination.objects.get(managed_by="monitor")
    assert destination.secret == shown["webhook_secret"]
    assert destination.format == "content_change"
    read = program.get(f"schedules/{shown['schedule_id']}").json()
    assert read == {k: v for k, v in shown.items() if k != "webhook_secret"}


def test_schedule_stops_telling_with_an_empty_address(program, strategy):
    body = {"url": strategy.url, "interval_seconds": 3600}
    body |= {"strategy_id": str(strategy.pk)}
    hook = {"webhook_url": "http://127.0.0.1:47999/hook"}
    made = program.post("schedules", body | hook).json()
    changed = program.patch(f"schedules/{made['schedule_id']}", {"webhook_url": ""})
    assert changed.json()["webhook_url"] is None
    assert changed.json()["webhook_type"] is None


def test_schedule_may_drive_a_service(program, strategy, organization):
    service = make_service(organization=organization)
    network = make_network(organization=organization)
    more = {
        "service": str(service.pk),
        "networks": [str(network.pk)],
        "expectations": {"status_codes": [200], "text": ["Prices"]},
        "failure_status": "degraded",
        "failure_threshold": 3,
        "auto_create_incidents": "degraded",
        "incident_severity": "minor",
        "honours_robots": False,
        "name": "Docs",
        "time_zone": "Europe/Berlin",
    }
    body = {"url": strategy.url, "cron_expression": "0 9 * * *"}
    body |= {"strategy_id": str(strategy.pk)}
    answer = program.post("schedules", body | more)
    assert answer.status_code == 201, answer.json()
    shown = program.get(f"schedules/{answer.json()['schedule_id']}").json()
    assert {name: shown[name] for name in more} == more


def test_schedule_does_not_drive_a_foreign_service(program, strategy):
    body = {"url": strategy.url, "cron_expression": "0 9 * * *"}
    body |= {"strategy_id": str(strategy.pk), "service": str(make_service().pk)}
    answer = program.post("schedules", body)
    assert answer.status_code == 404
    assert "no service" in answer.json()["detail"]
    threshold = {"service": None, "failure_threshold": 21}
    answer = program.post("schedules", body | threshold)
    assert answer.status_code == 422
    assert "Twenty" in answer.json()["detail"]


def test_watch_may_name_selectors(program, site):
    body = {"url": f"{site.url}/shop", "description": "x", "output_schema": SHOP}
    shown = program.post("watch", body).json()
    assert shown["scraper_type"] == "css"
    schedule = Schedule.objects.get(pk=shown["schedule_id"])
    assert schedule.interval_seconds == 3600
    assert schedule.urls == [body["url"]]


def test_watch_is_all_or_nothing(program, site):
    body = {"url": f"{site.url}/docs", "cron_expression": "0 0 30 2 *"}
    assert program.post("watch", body).status_code == 422
    assert not Strategy.objects.exists()


def test_webhook_is_tried_without_a_schedule(program, make_sink):
    sink = make_sink()
    body = {"webhook_url": sink.url, "webhook_secret": "mine"}
    answer = program.post("webhooks/test", body | {"webhook_metadata": METADATA})
    assert answer.json() == {
        "success": True,
        "status_code": 200,
        "message": "Delivered: the endpoint answered 200.",
    }
    (request,) = sink.wait_for(1)
    assert request.headers["X-Webhook-Secret"] == "mine"
    assert request.json()["metadata"] == METADATA
    assert not Destination.objects.exists()


def test_webhook_that_does_not_answer_has_status_0(program, free_url):
    answer = program.post("webhooks/test", {"webhook_url": free_url})
    shown = answer.json()
    assert answer.status_code == 200
    assert (shown["success"], shown["status_code"]) == (False, 0)
    assert shown["message"]


def test_webhooks_are_tried_ten_times_a_minute(program, free_url):
    for _ in range(10):
        program.post("webhooks/test", {"webhook_url": free_url})
    answer = program.post("webhooks/test", {"webhook_url": free_url})
    assert answer.status_code == 429
    assert answer["Retry-After"]
