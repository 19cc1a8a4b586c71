"""Schedules of the public client: runs, pushes, pulled changes, settings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.e2e.meter_site import let_it_be_due, refusal, wait_for_jobs

pytestmark = pytest.mark.slow
UNKNOWN = str(uuid4())
HOUR = 3600
METADATA = {"project": "catalogue", "env": ["prod"]}


@pytest.fixture
def pushed(client, shop, site, hook):
    """A schedule of the shop that pushes, after its first run."""
    schedule = client.create_schedule(
        shop["strategy_id"],
        url=f"{site.url}/shop",
        interval_seconds=HOUR,
        webhook_url=f"{hook.url}hook",
        webhook_metadata=METADATA,
    )
    hook.wait_for(1, seconds=30)
    return schedule


def test_schedule_runs_and_pushes(client, pushed, shop, site, hook):
    assert pushed["enabled"] is True
    assert pushed["schedule_type"] == "interval"
    assert pushed["url"] == f"{site.url}/shop"
    assert pushed["urls"] is None
    assert pushed["webhook_type"] == "standard"
    (job,) = wait_for_jobs(client, pushed["schedule_id"], 1)
    request = hook.wait_for(1)[0]
    assert request.headers["X-Webhook-Secret"] == pushed["webhook_secret"]
    body = request.json()
    assert body["completed_at"].endswith("Z")
    assert body | {"completed_at": ""} == {
        "job_id": job["job_id"],
        "schedule_id": pushed["schedule_id"],
        "status": "completed",
        "url": f"{site.url}/shop",
        "results": job["results"],
        "item_count": 2,
        "has_changes": False,
        "content_hash": job["content_hash"],
        "completed_at": "",
        "metadata": METADATA,
    }


@pytest.fixture
def changed(client, shared_product, pushed, site, hook):
    """What was pushed of a run that found the shop changed."""
    assert client.get_schedule_changes(pushed["schedule_id"])["count"] == 0
    site.shop(("Kettle", "24.99"), ("Pan", "9.50"))
    let_it_be_due(shared_product, pushed["schedule_id"])
    return hook.wait_for(2, seconds=30)[1].json()


def test_changes_are_pushed_and_pulled(client, changed):
    assert changed["has_changes"] is True
    schedule_id = changed["schedule_id"]
    looked = client.get_schedule_changes(schedule_id, mark_seen=False)
    assert (looked["count"], looked["marked_seen"]) == (1, False)
    assert looked["changes"][0]["job_id"] == changed["job_id"]
    assert looked["changes"][0]["results"] == changed["results"]
    pans = client.get_schedule_changes(schedule_id, mark_seen=False, filter="+pan")
    titles = [each["title"] for each in pans["changes"][0]["results"]]
    assert titles == ["Pan"]
    pulled = client.get_schedule_changes(schedule_id)
    assert (pulled["count"], pulled["marked_seen"]) == (1, True)
    assert client.get_schedule_changes(schedule_id)["changes"] == []


def test_changelog_tells_what_came_and_went(client, changed, site):
    schedule_id = changed["schedule_id"]
    (entry,) = client.get_schedule_changelog(schedule_id)["entries"]
    assert entry["job_id"] == changed["job_id"]
    assert entry["url"] == f"{site.url}/shop"
    assert entry["completed_at"].endswith("Z")
    assert entry["item_count"] == 2
    assert "Pan" in [each["title"] for each in entry["new_items"]]
    assert "Toaster" in [each["title"] for each in entry["removed_items"]]
    assert entry["new_items_count"] == len(entry["new_items"])
    assert entry["removed_items_count"] == len(entry["removed_items"])
    short = client.get_schedule_changelog(schedule_id, include_items=False)
    assert "new_items" not in short["entries"][0]
    page = client.get_schedule_changelog(schedule_id, limit=1, offset=1)
    assert page["entries"] == []
    found = client.get_schedule_changelog(schedule_id, filter="+pan -kettle")
    assert [each["title"] for each in found["entries"][0]["new_items"]] == ["Pan"]


def test_same_page_is_no_change(client, shared_product, pushed, hook):
    let_it_be_due(shared_product, pushed["schedule_id"])
    body = hook.wait_for(2, seconds=30)[1].json()
    assert body["has_changes"] is False
    assert client.get_schedule_changes(pushed["schedule_id"])["count"] == 0


def test_failed_run_is_pushed_with_its_error(client, docs, site, hook):
    schedule = client.create_schedule(
        docs["strategy_id"],
        url=f"{site.url}/gone",
        interval_seconds=HOUR,
        webhook_url=hook.url,
        webhook_secret="a secret of mine",
    )
    assert "webhook_secret" not in schedule
    request = hook.wait_for(1, seconds=30)[0]
    assert request.headers["X-Webhook-Secret"] == "a secret of mine"
    body = request.json()
    assert body["status"] == "failed"
    assert "404" in body["error"]
    assert "results" not in body


def test_every_page_of_a_list_is_read(client, shop, site):
    site.shop(("Pan", "9.50"), path="/pans")
    urls = [f"{site.url}/shop", f"{site.url}/pans"]
    schedule = client.create_schedule(
        shop["strategy_id"], urls=urls, interval_seconds=HOUR
    )
    assert (schedule["url"], schedule["urls"]) == (None, urls)
    jobs = wait_for_jobs(client, schedule["schedule_id"], 2)
    assert {each["url"] for each in jobs} == set(urls)


def test_cron_expression_sets_the_next_run(client, docs, site):
    schedule = client.create_schedule(
        docs["strategy_id"], url=f"{site.url}/docs", cron_expression="0 9 * * *"
    )
    assert schedule["schedule_type"] == "cron"
    assert schedule["interval_seconds"] is None
    next_run = datetime.fromisoformat(schedule["next_run_at"])
    assert (next_run.hour, next_run.minute) == (9, 0)
    assert timedelta() < next_run - datetime.now(UTC) <= timedelta(days=1)


def test_schedule_is_changed_bit_by_bit(client, docs, site):
    made = client.create_schedule(
        docs["strategy_id"], url=f"{site.url}/docs", interval_seconds=HOUR
    )
    schedule_id = made["schedule_id"]

    def change(**values):
        return client.update_schedule(schedule_id, **values)

    paused = change(enabled=False)
    assert paused["enabled"] is False
    assert paused["next_run_at"] is None
    assert change(enabled=True)["next_run_at"]
    urls = [f"{site.url}/docs", f"{site.url}/shop"]
    assert change(urls=urls)["url"] is None
    assert change(url=urls[1])["urls"] is None
    assert change(cron_expression="0 9 * * 1-5")["interval_seconds"] is None
    assert change(interval_seconds=120)["cron_expression"] is None
    assert change(parameters={"page": 2})["parameters"] == {"page": 2}
    assert change(webhook_metadata=METADATA)["webhook_metadata"] == METADATA
    listed = {each["schedule_id"]: each for each in client.list_schedules()}
    assert listed[schedule_id]["interval_seconds"] == 120
    assert listed[schedule_id]["url"] == urls[1]


def test_secrets_are_shown_once(client, docs, site, hook):
    made = client.create_schedule(
        docs["strategy_id"], url=f"{site.url}/docs", cron_expression="0 9 * * *"
    )
    schedule_id = made["schedule_id"]
    assert "webhook" in refusal(client.regenerate_webhook_secret, schedule_id)
    told = client.update_schedule(schedule_id, webhook_url=hook.url)
    first = told["webhook_secret"]
    assert first.startswith("whsec_")
    listed = {each["schedule_id"]: each for each in client.list_schedules()}
    assert "webhook_secret" not in listed[schedule_id]
    second = client.regenerate_webhook_secret(schedule_id)
    assert second["schedule_id"] == schedule_id
    third = client.update_schedule(schedule_id, webhook_secret="")
    secrets = {first, second["webhook_secret"], third["webhook_secret"]}
    assert len(secrets) == 3
    own = client.update_schedule(schedule_id, webhook_secret="a secret of mine")
    assert "webhook_secret" not in own
    assert client.update_schedule(schedule_id, enabled=True).keys() == own.keys()


@pytest.mark.parametrize(
    ("url", "webhook_type"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", "slack"),
        ("https://hooks.slack.com/triggers/T0/1/x", "slack_workflow"),
        ("https://discord.com/api/webhooks/1/x", "discord"),
        ("mailto:team@example.com", "email"),
    ],
)
def test_types_are_detected_from_the_address(client, docs, site, url, webhook_type):
    made = client.create_schedule(
        docs["strategy_id"],
        url=f"{site.url}/docs",
        cron_expression="0 9 * * *",
        webhook_url=url,
    )
    assert made["webhook_type"] == webhook_type


def test_type_may_be_chosen(client, docs, site, hook):
    made = client.create_schedule(
        docs["strategy_id"],
        url=f"{site.url}/docs",
        cron_expression="0 9 * * *",
        webhook_url=hook.url,
        webhook_type="slack_workflow",
    )
    assert made["webhook_type"] == "slack_workflow"


def test_deleted_schedule_leaves_its_runs(client, docs, site):
    made = client.create_schedule(
        docs["strategy_id"], url=f"{site.url}/docs", interval_seconds=HOUR
    )
    (job,) = wait_for_jobs(client, made["schedule_id"], 1)
    assert "deleted" in client.delete_schedule(made["schedule_id"])["message"]
    assert "no schedule" in refusal(client.delete_schedule, made["schedule_id"])
    assert client.get_job(job["job_id"])["results"] == job["results"]
