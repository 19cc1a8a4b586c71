"""Watches of the public client, what schedules refuse, and tests of webhooks."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import uuid4

import pytest
import requests

from tests.e2e.meter_site import (
    let_it_be_due,
    make_client,
    refusal,
    wait_for_jobs,
)

pytestmark = pytest.mark.slow
UNKNOWN = str(uuid4())
METADATA = {"project": "catalogue", "env": ["prod"]}


def test_watch_is_a_strategy_and_a_schedule(client, site, hook):
    watch = client.watch(
        f"{site.url}/docs",
        "The prices of the plans",
        webhook_url=hook.url,
        interval_seconds=1800,
        webhook_metadata=METADATA,
    )
    assert watch["preview_data"][0]["heading"] == "Prices"
    assert watch["webhook_secret"]
    assert datetime.fromisoformat(watch["next_run_at"])
    strategy = client.get_strategy(watch["strategy_id"])
    assert strategy["scraper_type"] == "content"
    assert strategy["description"] == "The prices of the plans"
    assert strategy["name"].endswith("/docs")
    request = hook.wait_for(1, seconds=30)[0]
    assert request.headers["X-Webhook-Secret"] == watch["webhook_secret"]
    assert request.json()["schedule_id"] == watch["schedule_id"]
    assert request.json()["metadata"] == METADATA


def test_watch_sees_a_section_come(client, shared_product, site):
    watch = client.watch(f"{site.url}/docs", "Plans", name="Plans")
    wait_for_jobs(client, watch["schedule_id"], 1)
    site.docs(basic=6, extra="Ask us.")
    let_it_be_due(shared_product, watch["schedule_id"])
    wait_for_jobs(client, watch["schedule_id"], 2)
    (entry,) = client.get_schedule_changelog(watch["schedule_id"])["entries"]
    assert {"heading": "Enterprise", "level": 2, "content": "Ask us."} in entry[
        "new_items"
    ]
    found = client.get_schedule_changes(watch["schedule_id"], filter='"ask us"')
    headings = [each["heading"] for each in found["changes"][0]["results"]]
    assert headings == ["Enterprise"]


def test_watch_that_cannot_be_leaves_nothing(client, site):
    before = client.list_strategies(limit=1)
    url = f"{site.url}/docs"
    assert "404" in refusal(client.watch, f"{site.url}/gone", "x")
    assert "60" in refusal(client.watch, url, "x", interval_seconds=5)
    said = refusal(client.watch, url, "x", webhook_url="http://10.0.0.1/")
    assert "DELIVERY_ALLOWED_NETWORKS" in said
    assert "webhook_url" in refusal(client.watch, url, "x", webhook_secret="y")
    assert client.list_strategies(limit=1) == before


def test_schedules_refuse_what_cannot_be(client, docs, site):
    strategy_id, url = docs["strategy_id"], f"{site.url}/docs"

    def refuse(**values):
        return refusal(client.create_schedule, strategy_id, **values)

    assert "60" in refuse(url=url, interval_seconds=59)
    assert "five fields" in refuse(url=url, cron_expression="hourly")
    assert "not both" in refuse(url=url, urls=[url], interval_seconds=60)
    assert "url" in refuse(interval_seconds=60)
    assert "interval_seconds" in refuse(url=url)
    assert "address" in refuse(url="x", interval_seconds=60)
    assert "slack_workflow" in refuse(
        url=url, interval_seconds=60, webhook_url=url, webhook_type="fax"
    )
    said = refusal(client.create_schedule, UNKNOWN, url=url, interval_seconds=60)
    assert "no strategy" in said
    assert "no schedule" in refusal(client.update_schedule, UNKNOWN, enabled=True)
    assert "no schedule" in refusal(client.regenerate_webhook_secret, UNKNOWN)
    assert "no schedule" in refusal(client.get_schedule_changes, UNKNOWN)
    assert "no schedule" in refusal(client.get_schedule_changelog, "x")


def test_pulling_refuses_what_cannot_be(client, shared_product, docs, site):
    made = client.create_schedule(
        docs["strategy_id"], url=f"{site.url}/docs", cron_expression="0 9 * * *"
    )
    schedule_id = made["schedule_id"]
    said = refusal(client.get_schedule_changes, schedule_id, filter='"open')
    assert "phrase" in said
    assert "limit" in refusal(client.get_schedule_changelog, schedule_id, limit=101)
    with make_client(shared_product, scope="read") as reader:
        said = refusal(reader.get_schedule_changes, schedule_id)
        assert "mark_seen=false" in said
        assert reader.get_schedule_changes(schedule_id, mark_seen=False)["count"] == 0


# The documented REST call that the client has no method for


def test_webhook_is_tested(client, shared_product, hook):
    def send(**body):
        return requests.post(
            f"{shared_product.url}/api/webhooks/test",
            data=json.dumps(body),
            headers={"Authorization": f"Bearer {client.api_key}"},
            timeout=30,
        )

    answer = send(webhook_url=hook.url, webhook_metadata=METADATA)
    assert answer.status_code == 200
    assert answer.json()["success"] is True
    assert answer.json()["status_code"] == 200
    body = hook.wait_for(1)[0].json()
    assert body["status"] == "completed"
    assert body["item_count"] == len(body["results"]) == 2
    assert body["metadata"] == METADATA
    assert hook.requests[0].headers["X-Webhook-Secret"]
    assert send().status_code == 400
    assert send(webhook_url="not a url").status_code == 422
